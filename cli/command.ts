import type { Context } from './context.ts'

export type ArgumentSpec<Kind extends 'one' | 'maybe' | 'rest'> = { kind: Kind; about: string }
export type OptionSpec<Kind extends 'flag' | 'value' | 'list'> = {
  kind: Kind
  flags: string
  about: string
  choices?: readonly string[]
}

type ArgumentValue<Spec> =
  Spec extends ArgumentSpec<'rest'> ? string[] : Spec extends ArgumentSpec<'one'> ? string : string | undefined
type OptionValue<Spec> =
  Spec extends OptionSpec<'flag'> ? boolean : Spec extends OptionSpec<'list'> ? string[] : string | undefined

type Arguments = Record<string, ArgumentSpec<'one' | 'maybe' | 'rest'>>
type Options = Record<string, OptionSpec<'flag' | 'value' | 'list'>>

export type Example = { run: string; shows?: string[] }

/**
 * One verb. Keys of `options` are the long flags in camel case, `tty` for `--no-tty`, which is true without it; keys of `args` are shown in capitals, in order.
 * `run` gives the exit code, nothing for 0.
 */
export type Command<A extends Arguments = Arguments, O extends Options = Options> = {
  about: string
  /** Takes `-a` and `-r`. */
  ofApp?: boolean
  /** Options end at the first argument: what follows belongs to another program. */
  passThrough?: boolean
  args?: A
  options?: O
  examples: Example[]
  run(
    context: Context,
    input: { args: { [K in keyof A]: ArgumentValue<A[K]> }; options: { [K in keyof O]: OptionValue<O[K]> } },
  ): Promise<void> | Promise<number | undefined>
}

export function defineCommand<
  const A extends Arguments = Record<never, never>,
  const O extends Options = Record<never, never>,
>(command: Command<A, O>): Command {
  return command as unknown as Command
}

export const one = (about: string): ArgumentSpec<'one'> => ({ kind: 'one', about })
export const maybe = (about: string): ArgumentSpec<'maybe'> => ({ kind: 'maybe', about })
export const rest = (about: string): ArgumentSpec<'rest'> => ({ kind: 'rest', about })
export const flag = (flags: string, about: string): OptionSpec<'flag'> => ({ kind: 'flag', flags, about })
export const value = (flags: string, about: string, choices?: readonly string[]): OptionSpec<'value'> => ({
  kind: 'value',
  flags,
  about,
  ...(choices ? { choices } : {}),
})
export const list = (flags: string, about: string): OptionSpec<'list'> => ({ kind: 'list', flags, about })

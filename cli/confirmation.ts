import type { Context } from './context.ts'
import { UsageError } from './errors.ts'

/** Heroku's habit before what cannot be undone: the name, typed or given as `--confirm`. */
export async function requireConfirmation(
  context: Context,
  destruction: { name: string; given: string | undefined; warning: string; command: string },
): Promise<void> {
  const { name, given, warning, command } = destruction
  const answer = given ?? (context.canAsk ? await asked(context, name, warning) : undefined)
  if (answer === name) return
  const message =
    answer === undefined ? warning : `Confirmation ${JSON.stringify(answer)} did not match ${name}. Aborted.`
  throw new UsageError(message, { fix: 'Say the name to confirm.', command: `${command} --confirm ${name}` })
}

async function asked(context: Context, name: string, warning: string): Promise<string> {
  const { ask } = await import('./input.ts')
  context.err.line(context.err.style('yellow', ` ›  Warning: ${warning}`))
  return ask(context, ` ›  To proceed, type ${name}: `)
}

import { Signal } from '../shell/signal.ts'

/** Edits of config vars that were not applied yet: a value sets, null unsets. */
export type Staged = Record<string, string | null>

const perApp = new Map<string, Signal<Staged>>()

/** They outlive the page, so that one can look something up elsewhere and come back. */
export function stagedOf(app: string): Signal<Staged> {
  const known = perApp.get(app) ?? new Signal<Staged>({})
  perApp.set(app, known)
  return known
}

/** The edits that take these back: undefined where a value that was there is not known, because nobody has looked at it. */
export function undoOf(staged: Staged, known: Set<string>, values: Record<string, string> = {}): Staged | undefined {
  const edits = Object.keys(staged).map((name) => [name, known.has(name) ? values[name] : null] as const)
  return edits.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(edits) as Staged)
}

/** They hold secrets: they are not for whoever signs in next. */
export function dropStaged(): void {
  perApp.clear()
}

const NAME = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/

/** What is wrong with a name, as the API would say it. */
export function nameMistake(name: string): string | undefined {
  return NAME.test(name) ? undefined : 'Use letters, digits and _, not beginning with a digit or __'
}

/** One variable: its name, then its value in double quotes, single ones, backquotes or none. Quotes may hold many lines. */
const ENTRY =
  /[ \t]*(?:export[ \t]+)?([^=\s]+)[ \t]*=[ \t]*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|`([^`]*)`|([^\n]*?))[ \t]*(?:\n|$)/sy
const LINE = /([^\n]*)(?:\n|$)/y

/** `NAME=value` as in a .env file, and as `paas config:export` writes it: comments, `export` and quotes are understood. */
export function readDotenv(pasted: string): { vars: Record<string, string>; bad: string[] } {
  const text = pasted.replaceAll('\r\n', '\n')
  const vars: Record<string, string> = {}
  const bad: string[] = []
  for (let at = 0; at < text.length; ) {
    const line = matchAt(LINE, text, at)?.[1] ?? ''
    const silent = /^\s*(#|$)/.test(line)
    const [all = '', name = '', double, single, back, plain = ''] = (!silent && matchAt(ENTRY, text, at)) || []
    if (nameMistake(name) === undefined) vars[name] = double?.replace(ESCAPED, meant) ?? single ?? back ?? plain
    else if (!silent) bad.push(line.trim())
    at += all.length || line.length + 1
  }
  return { vars, bad }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

/** In double quotes only. */
const ESCAPED = /\\([n"\\])/g

function meant(_: string, letter: string): string {
  return letter === 'n' ? '\n' : letter
}

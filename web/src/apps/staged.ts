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

/** They hold secrets: they are not for whoever signs in next. */
export function dropStaged(): void {
  perApp.clear()
}

const NAME = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/

/** What is wrong with a name, as the API would say it. */
export function nameMistake(name: string): string | undefined {
  return NAME.test(name) ? undefined : 'Use letters, digits and _, not beginning with a digit or __'
}

/** `NAME=value` lines as in a .env file: comments, `export` and quotes are understood. */
export function readDotenv(text: string): { vars: Record<string, string>; bad: string[] } {
  const vars: Record<string, string> = {}
  const bad: string[] = []
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, name = '', raw = ''] = /^\s*(?:export\s+)?([^=\s]+)\s*=(.*)$/.exec(line) ?? []
    if (nameMistake(name) === undefined) vars[name] = unquoted(raw.trim())
    else bad.push(line.trim())
  }
  return { vars, bad }
}

function unquoted(text: string): string {
  const quote = text[0]
  if ((quote !== '"' && quote !== "'") || text.length < 2 || !text.endsWith(quote)) return text
  const inner = text.slice(1, -1)
  return quote === '"' ? inner.replace(/\\n/g, '\n').replace(/\\(["\\])/g, '$1') : inner
}

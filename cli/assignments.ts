import { UsageError } from './errors.ts'

/** The contract's ConfigVarName, said here again so that its schemas stay out of the bundle. */
const NAME = /^(?!__)[A-Za-z_][A-Za-z0-9_]{0,255}$/

/** `FOO=bar` pairs, checked before anything is sent; the value may hold any number of `=`. */
export function readAssignments(words: string[], command: string): Record<string, string> {
  if (words.length === 0) throw new UsageError('Nothing to set.', { fix: 'Give NAME=VALUE pairs.', command })
  const vars = new Map<string, string>()
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals === -1) {
      throw new UsageError(`${JSON.stringify(word)} has no =.`, {
        fix: 'Write NAME=VALUE; quote values with spaces.',
        command,
      })
    }
    const name = configVarName(word.slice(0, equals))
    if (vars.has(name)) throw new UsageError(`${name} is given twice.`)
    vars.set(name, word.slice(equals + 1))
  }
  return Object.fromEntries(vars)
}

export function configVarName(text: string): string {
  if (NAME.test(text)) return text
  throw new UsageError(`${JSON.stringify(text)} is not a name for a config var.`, {
    fix: 'Use letters, digits and _, not beginning with a digit or __.',
  })
}

import { type Form, type Forms, settingKey } from '../server/contract/setting-forms.ts'
import { UsageError } from './errors.ts'
import { nearest } from './spelling.ts'

/**
 * `sticky=on max-body=10mb` as the API has it: `{ sticky: true, maxBody: 10485760 }`. `default` is null. `elsewhere`
 * names settings that have a command of their own. All mistakes are told together.
 */
export function readSettings(
  words: string[],
  forms: Forms,
  command: string,
  elsewhere: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  if (words.length === 0) throw new UsageError('Nothing to set.', { fix: 'Give NAME=VALUE pairs.', command })
  const settings = new Map<string, unknown>()
  readEach(words, command, (word) => {
    const equals = word.indexOf('=')
    if (equals === -1) throw new UsageError(`${JSON.stringify(word)} has no =.`, { fix: 'Write NAME=VALUE.', command })
    const name = word.slice(0, equals)
    const form = formOf(name, forms, command, elsewhere)
    const key = settingKey(name)
    if (settings.has(key)) throw new UsageError(`${name} is given twice.`, { fix: 'Give it once.' })
    settings.set(key, readValue(name, word.slice(equals + 1), form))
  })
  return Object.fromEntries(settings)
}

/** Names alone, for going back to the defaults. */
export function readNames(words: string[], names: string[], command: string): string[] {
  if (words.length === 0) throw new UsageError('Nothing to unset.', { fix: 'Give names of settings.', command })
  readEach(words, command, (word) => {
    if (!names.includes(word)) throw unknown(word, names, command)
  })
  return [...new Set(words)]
}

/** Reads on after a mistake. One is thrown as it is, several as a list, each with its way out. */
function readEach(words: string[], command: string, read: (word: string) => void): void {
  const mistakes: UsageError[] = []
  for (const word of words) {
    try {
      read(word)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      mistakes.push(error)
    }
  }
  const [first, ...others] = mistakes
  if (first === undefined) return
  if (others.length === 0) throw first
  const list = mistakes.map(({ message, advice }) => `${message} ${advice.fix ?? `Try: ${advice.command ?? command}`}`)
  throw new UsageError(`${mistakes.length} of these cannot be taken, so nothing was changed.`, {
    list,
    command: `${command} --help`,
  })
}

function formOf(name: string, forms: Forms, command: string, elsewhere: Readonly<Record<string, string>>): Form {
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined
  if (form) return form
  if (Object.hasOwn(elsewhere, name)) {
    throw new UsageError(`${name} has a command of its own.`, { command: elsewhere[name] ?? command })
  }
  throw unknown(name, Object.keys(forms), command)
}

function readValue(name: string, text: string, form: Form): unknown {
  if (text === 'default') return null
  const value = form.read(text)
  if (value !== undefined) return value
  throw new UsageError(`${name} cannot be ${JSON.stringify(text)}.`, {
    fix: `Use ${form.hint}; "default" goes back to the default.`,
  })
}

function unknown(name: string, names: string[], command: string): UsageError {
  const guess = nearest(name, names)
  const fix = guess ? `Did you mean ${guess}?` : `There are ${names.join(', ')}.`
  return new UsageError(`There is no setting ${JSON.stringify(name)}.`, { fix, command: `${command} --help` })
}

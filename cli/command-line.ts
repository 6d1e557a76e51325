import type { CommandEntry } from './command-entry.ts'
import { commands } from './commands.ts'
import { UsageError } from './errors.ts'
import { nearest } from './spelling.ts'

/** What the words of the command line ask for; `rest` is what the command's own parser gets. */
export type Request =
  | { kind: 'overview' }
  | { kind: 'run'; entry: CommandEntry; rest: string[] }
  | { kind: 'help'; entry: CommandEntry }
  /** From a completion script: the words of another command line, the last one unfinished. */
  | { kind: 'complete'; words: string[] }

const OPTIONS_WITH_VALUE = ['-a', '--app', '-r', '--remote', '--host']
/** In words: `routing auth remove`. */
const LONGEST_NAME = 3
const OPTIONS_ALONE = ['--json', '--no-color']

/** Accepts `config:set`, `config set`, `help config set`, and common options before the command. */
export function readCommandLine(argv: string[]): Request {
  const { options, words } = takeLeadingOptions(argv)
  const [first] = words
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'overview' }
  if (first === '--version' || first === '-v' || first === '-V') return readCommandLine(['version', ...options])
  if (first === '__complete') return { kind: 'complete', words: words.slice(words[1] === '--' ? 2 : 1) }
  if (first === 'help') {
    if (words.length === 1) return { kind: 'overview' }
    return { kind: 'help', entry: findCommand(words.slice(1)).entry }
  }
  const { entry, rest } = findCommand(words)
  return { kind: 'run', entry, rest: [...options, ...rest] }
}

function takeLeadingOptions(argv: string[]): { options: string[]; words: string[] } {
  let length = 0
  for (;;) {
    const word = argv[length] ?? ''
    const name = word.split('=', 1)[0] ?? ''
    if (OPTIONS_WITH_VALUE.includes(word)) length += 2
    else if (OPTIONS_ALONE.includes(word) || (OPTIONS_WITH_VALUE.includes(name) && word !== name)) length += 1
    else return { options: argv.slice(0, length), words: argv.slice(length) }
  }
}

/** More words win over fewer: `config set` is `config:set`, `config list` is `config`. */
function findCommand(words: string[]): { entry: CommandEntry; rest: string[] } {
  for (let length = Math.min(words.length, LONGEST_NAME); length > 0; length -= 1) {
    const entry = findByName(words.slice(0, length).join(':'))
    if (entry) return { entry, rest: words.slice(length) }
  }
  const [first = '', second] = words
  throw unknownCommand(first, second)
}

function findByName(name: string): CommandEntry | undefined {
  const wanted = name.replace(/:list$/, '')
  return commands.find((entry) => entry.name === wanted || entry.aliases.includes(wanted))
}

function unknownCommand(first: string, second: string | undefined): UsageError {
  if (first.startsWith('-'))
    return new UsageError(`Unknown option ${first} before the command.`, { command: 'paas help' })
  const names = commands.flatMap(({ name, aliases }) => [name, ...aliases])
  const guess = nearest(first, names) ?? (second === undefined ? undefined : nearest(`${first}:${second}`, names))
  return new UsageError(`There is no command ${JSON.stringify(first)}.`, {
    ...(guess ? { fix: `Did you mean ${guess}?` } : {}),
    command: guess ? `paas ${guess} --help` : 'paas help',
  })
}

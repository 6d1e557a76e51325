import { CommanderError, Option, Command as Parser } from 'commander'
import type { Command, OptionSpec } from './command.ts'
import { commands } from './commands.ts'
import { UsageError } from './errors.ts'

export type Parsed = { args: Record<string, unknown>; options: Record<string, unknown> } | 'help'

/** Reads the words after the command's name. Asked for help, it gives the text to `writeHelp`. */
export function parseCommand(
  name: string,
  command: Command,
  words: string[],
  writeHelp: (text: string) => void,
): Parsed {
  const parser = buildParser(name, command, writeHelp)
  try {
    parser.parse(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return 'help'
    throw usageError(name, error)
  }
  const args = Object.fromEntries(
    Object.keys(command.args ?? {}).map((key, index) => [key, parser.processedArgs[index]]),
  )
  const lists = Object.entries(command.options ?? {}).filter(([, { kind }]) => kind === 'list')
  return { args, options: { ...Object.fromEntries(lists.map(([key]) => [key, []])), ...parser.opts() } }
}

export function helpText(name: string, command: Command): string {
  let text = ''
  buildParser(name, command, (part) => {
    text += part
  }).outputHelp()
  return text
}

function buildParser(name: string, command: Command, writeHelp: (text: string) => void): Parser {
  const parser = new Parser(`paas ${name}`)
    .description(sentence(command.about))
    .exitOverride()
    .configureOutput({ writeOut: writeHelp, writeErr: () => undefined, outputError: () => undefined })
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', moreHelp(name, command))
  for (const [key, spec] of Object.entries(command.args ?? {})) {
    const label = key.replace(/[A-Z]/g, '-$&').toUpperCase()
    parser.argument({ one: `<${label}>`, maybe: `[${label}]`, rest: `[${label}...]` }[spec.kind], spec.about)
  }
  if (command.passThrough) parser.passThroughOptions()
  for (const spec of Object.values(command.options ?? {})) parser.addOption(optionOf(spec))
  if (command.ofApp) {
    parser.option('-a, --app <NAME>', 'the app')
    parser.option('-r, --remote <NAME>', 'the git remote that leads to the app')
  }
  return parser
    .option('--host <URL>', 'the box')
    .option('--json', "print the API's answer as JSON")
    .option('--no-color', 'no colours')
}

function optionOf(spec: OptionSpec<'flag' | 'value' | 'list'>): Option {
  const option = new Option(spec.flags, spec.about)
  if (spec.choices) option.choices(spec.choices)
  if (spec.kind === 'flag') return option.negate ? option : option.default(false)
  if (spec.kind === 'value') return option
  return option.argParser((value: string, sofar: string[] = []) => [...sofar, value])
}

function moreHelp(name: string, command: Command): string {
  const blocks = [
    section(
      'Examples:',
      command.examples.flatMap(({ run, shows = [] }) => [`$ ${run}`, ...shows]),
    ),
  ]
  const verbs = commands.filter((entry) => entry.name.startsWith(`${name}:`))
  const width = Math.max(...verbs.map((entry) => entry.name.length))
  if (verbs.length > 0)
    blocks.push(
      section(
        'More:',
        verbs.map((entry) => `paas ${entry.name.padEnd(width)} ${entry.about}`),
      ),
    )
  return blocks.join('')
}

function section(title: string, lines: string[]): string {
  return `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`
}

/** Commander says `error: unknown option '--x'` and below it `(Did you mean --y?)`. */
function usageError(name: string, error: CommanderError): UsageError {
  const [message = '', hint] = error.message.replace(/^error: /, '').split('\n')
  return new UsageError(`${sentence(message)}`, {
    ...(hint ? { fix: hint.replace(/^\((.*)\)$/, '$1') } : {}),
    command: `paas ${name} --help`,
  })
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

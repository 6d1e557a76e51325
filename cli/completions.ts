import { ROUTING_FORMS } from '../server/contract/routing-forms.ts'
import { ACME_FORMS } from './acme-settings.ts'
import { BOX_FORMS } from './box-settings.ts'
import type { Command } from './command.ts'
import { readCommandLine } from './command-line.ts'
import { commands } from './commands.ts'
import { completionNames } from './completion-names.ts'
import { Context } from './context.ts'
import { DNS_PROVIDERS } from './dns-providers.ts'
import { ROUTING_NAMES } from './routing-settings.ts'

/** What may stand where the last of `words` is. Never fails: a completion that cannot be had is none. */
export async function completions(context: Context, words: string[]): Promise<string[]> {
  const current = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  try {
    const found = before.length === 0 ? commandNames() : await withinCommand(context, before, current)
    return found.filter((word) => word.startsWith(current))
  } catch {
    return []
  }
}

function commandNames(): string[] {
  return [...commands.flatMap(({ name, aliases }) => [name, ...aliases]), 'help']
}

async function withinCommand(context: Context, before: string[], current: string): Promise<string[]> {
  const request = readCommandLine(before)
  if (request.kind !== 'run') return commandNames()
  const { command } = await request.entry.load()
  const previous = before.at(-1) ?? ''
  const about = contextOfApp(context, before)
  if (previous === '-a' || previous === '--app') return completionNames(about, 'apps')
  const option = Object.values(command.options ?? {}).find(({ flags }) => flagsOf(flags).includes(previous))
  if (option && option.kind !== 'flag') {
    if (previous === '-p' || previous === '--process') return completionNames(about, 'processes')
    return [...(option.choices ?? [])]
  }
  if (current.startsWith('-')) return optionNames(command)
  return [...verbsOf(before), ...(await argumentNames(about, request.entry.name))]
}

/** `paas config <tab>`: the verbs that may follow as a word of their own. */
function verbsOf(before: string[]): string[] {
  if (before.length !== 1) return []
  return commands.flatMap(({ name }) => (name.startsWith(`${before[0]}:`) ? [name.slice(name.indexOf(':') + 1)] : []))
}

function argumentNames(context: Context, name: string): Promise<string[]> | string[] {
  if (name === 'ps:scale') return scaleForms(context)
  if (name === 'ps:restart') return completionNames(context, 'processes')
  if (name === 'routing:set') return Object.keys(ROUTING_FORMS).map((setting) => `${setting}=`)
  if (name === 'routing:unset') return ROUTING_NAMES
  if (name === 'box:set') return Object.keys(BOX_FORMS).map((setting) => `${setting}=`)
  if (name === 'certs:set') return Object.keys(ACME_FORMS).map((setting) => `${setting}=`)
  if (name === 'certs:dns:add') return DNS_PROVIDERS
  if (name === 'routing:page' || name === 'routing:page:remove') return ['error', 'maintenance']
  if (name === 'config:get' || name === 'config:unset') return completionNames(context, 'configVars')
  if (name === 'apps:info' || name === 'apps:destroy' || name === 'git:remote') return completionNames(context, 'apps')
  return name === 'completion' ? ['bash', 'zsh', 'fish'] : []
}

async function scaleForms(context: Context): Promise<string[]> {
  return (await completionNames(context, 'processes')).map((type) => `${type}=`)
}

function optionNames(command: Command): string[] {
  const own = Object.values(command.options ?? {}).flatMap(({ flags }) => flagsOf(flags))
  return [...own, ...(command.ofApp ? ['--app', '--remote'] : []), '--host', '--json', '--no-color', '--help']
}

/** `-n, --num <N>` is `-n` and `--num`. */
function flagsOf(flags: string): string[] {
  return flags.match(/(?<![\w-])--?[\w-]+/g) ?? []
}

/** The app that the line being typed names. */
function contextOfApp(context: Context, words: string[]): Context {
  const at = words.findLastIndex((word) => word === '-a' || word === '--app')
  const app = at === -1 ? undefined : words[at + 1]
  return app === undefined ? context : new Context({ ...context, options: { ...context.options, app } })
}

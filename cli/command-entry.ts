import type { Command } from './command.ts'

export type Topic =
  | 'Account'
  | 'Apps'
  | 'Routing'
  | 'Processes'
  | 'Configuration'
  | 'Addons'
  | 'Postgres'
  | 'Deploys'
  | 'Backups'
  | 'Access'
  | 'Box'
  | 'Tool'

/** A line of the table of contents; the command itself is loaded when it is the one to run. */
export type CommandEntry = {
  name: string
  topic: Topic
  about: string
  aliases: string[]
  load: () => Promise<{ command: Command }>
}

export function entry(topic: Topic, names: string, about: string, load: CommandEntry['load']): CommandEntry {
  const [name = '', ...aliases] = names.split(' ')
  return { name, topic, about, aliases, load }
}

import type { Channel } from './channel.ts'
import type { CommandEntry } from './command-entry.ts'
import { commands } from './commands.ts'

const HEAD = 'Push apps to a box of your own and run them there.'
const TAIL = [
  'Most commands are about one app: name it with -a, or run them where the git remote "paas" leads to it.',
  '"config:set" and "config set" are the same. Every command takes --json and --help.',
]

/** `paas help`: the commands by topic. */
export function writeOverview(out: Channel): void {
  out.line(HEAD)
  out.line()
  out.line(`${out.style('bold', 'Usage:')} paas COMMAND [options]`)
  const width = Math.max(...commands.map(({ name }) => name.length))
  for (const [topic, entries] of Object.entries(byTopic())) {
    out.line()
    out.line(out.style('bold', topic))
    for (const entry of entries)
      out.line(`  ${out.style('cyan', entry.name.padEnd(width))} ${entry.about}${also(entry)}`)
  }
  out.line()
  for (const line of TAIL) out.line(line)
}

function also({ aliases }: CommandEntry): string {
  const short = aliases.filter((alias) => !alias.includes(':'))
  return short.length > 0 ? ` (also: ${short.join(', ')})` : ''
}

function byTopic(): Record<string, CommandEntry[]> {
  const topics = [...new Set(commands.map(({ topic }) => topic))]
  return Object.fromEntries(topics.map((topic) => [topic, commands.filter((entry) => entry.topic === topic)]))
}

import { defineCommand, maybe } from '../../command.ts'
import type { ChosenApp } from '../../context.ts'
import { CliError } from '../../errors.ts'
import { EXIT } from '../../exit-code.ts'
import { releaseNumber } from '../../numbers.ts'
import { factLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show a release',
  ofApp: true,
  args: { release: maybe('its number, such as v12; left out, the newest') },
  examples: [{ run: 'paas releases:info v12 -a shop' }],
  async run(context, { args }) {
    const wanted = args.release === undefined ? undefined : releaseNumber(args.release)
    const chosen = await context.app()
    const { app, client } = chosen
    const release = wanted ?? (await newest(chosen))
    const info = await client.call('releases.info', { params: { app, release } })
    if (context.json) return context.print(info)
    context.out.line(context.out.style('bold', `=== v${info.number}${info.current ? ' (current)' : ''}`))
    const facts: [string, string][] = [
      ['Change', info.description],
      ['Status', info.reason ? `${info.status}: ${info.reason}` : info.status],
      ['By', info.by],
      ['When', timeText(info.createdAt)],
    ]
    if (info.commit) facts.push(['Commit', info.commit])
    if (info.build) facts.push(['Build', info.build])
    for (const [type, command] of Object.entries(info.processTypes))
      facts.push([type, command ?? "the image's own command"])
    for (const line of factLines(facts)) context.out.line(line)
  },
})

async function newest({ app, client }: ChosenApp): Promise<number> {
  const { items } = await client.call('releases.list', { params: { app }, query: { limit: 1 } })
  if (items[0]) return items[0].number
  throw new CliError(`${app} has no releases yet.`, { command: 'git push paas main' }, EXIT.notFound)
}

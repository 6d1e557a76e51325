import type { Release } from '../../../server/contract/release.ts'
import type { Channel } from '../../channel.ts'
import { defineCommand, value } from '../../command.ts'
import { wholeNumber } from '../../numbers.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list the releases of an app, newest first',
  ofApp: true,
  options: { num: value('-n, --num <N>', 'how many, at most 500 (default: 15)') },
  examples: [
    {
      run: 'paas releases -a shop -n 2',
      shows: ['V    DESCRIPTION      BY   WHEN', 'v12  Deploy 4c1d9e2   ada  2026/01/02 10:00:00 +0000 (~ 5m ago)'],
    },
  ],
  async run(context, { options }) {
    const limit = wholeNumber('-n', options.num ?? '15', { min: 1, max: 500 })
    const { app, client } = await context.app()
    const releases = await client.call('releases.list', { params: { app }, query: { limit } })
    if (context.json) return context.print(releases)
    if (releases.items.length === 0)
      return context.err.line(`${app} has no releases yet. Push to it: git push paas main`)
    const rows = releases.items.map((release) => row(release, context.out))
    for (const line of tableLines(['V', 'DESCRIPTION', 'BY', 'WHEN'], rows)) context.out.line(line)
  },
})

function row(release: Release, out: Channel): string[] {
  const status =
    release.status === 'succeeded'
      ? ''
      : ` ${out.style(release.status === 'failed' ? 'red' : 'yellow', release.status)}`
  const current = release.current ? ` ${out.style('green', '(current)')}` : ''
  return [`v${release.number}`, `${release.description}${status}${current}`, release.by, timeText(release.createdAt)]
}

import type { Build } from '../../../server/contract/build.ts'
import { shortVersion } from '../../../server/contract/source-version.ts'
import type { Channel } from '../../channel.ts'
import { defineCommand, value } from '../../command.ts'
import { wholeNumber } from '../../numbers.ts'
import { tableLines } from '../../table.ts'
import { durationText, timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list the builds of an app, newest first',
  ofApp: true,
  options: { num: value('-n, --num <N>', 'how many, at most 500 (default: 15)') },
  examples: [{ run: 'paas builds -a shop -n 5' }],
  async run(context, { options }) {
    const limit = wholeNumber('-n', options.num ?? '15', { min: 1, max: 500 })
    const { app, client } = await context.app()
    const builds = await client.call('builds.list', { params: { app }, query: { limit } })
    if (context.json) return context.print(builds)
    if (builds.items.length === 0) return context.err.line(`${app} has no builds yet. Push to it: git push paas main`)
    const rows = builds.items.map((build) => row(build, context.out))
    for (const line of tableLines(['ID', 'STATE', 'COMMIT', 'RELEASE', 'BY', 'TOOK', 'WHEN'], rows))
      context.out.line(line)
  },
})

function row(build: Build, out: Channel): string[] {
  const color = ({ succeeded: 'green', failed: 'red', running: 'yellow', queued: 'dim', canceled: 'dim' } as const)[
    build.state
  ]
  const release = build.release === null ? '-' : `v${build.release}`
  return [
    build.id,
    out.style(color, build.state),
    shortVersion(build.commit),
    release,
    build.by,
    took(build),
    timeText(build.createdAt),
  ]
}

function took({ startedAt, endedAt }: Build): string {
  return startedAt && endedAt ? durationText(Date.parse(endedAt) - Date.parse(startedAt)) : '-'
}

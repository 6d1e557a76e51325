import { defineCommand, value } from '../../command.ts'
import { wholeNumber } from '../../numbers.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show who did what to an app, newest first',
  ofApp: true,
  options: { num: value('-n, --num <N>', 'how many (default: 15)') },
  examples: [{ run: 'paas activity -a shop -n 5' }],
  async run(context, { options }) {
    const limit = wholeNumber('-n', options.num ?? '15', { min: 1, max: 500 })
    const { app, client } = await context.app()
    const activity = await client.call('activity.list', { params: { app }, query: { limit } })
    if (context.json) return context.print(activity)
    const rows = activity.items.map((one) => [timeText(one.at), one.by, one.via, one.action, one.detail])
    for (const line of tableLines(['WHEN', 'WHO', 'VIA', 'ACTION', 'DETAIL'], rows)) context.out.line(line)
  },
})

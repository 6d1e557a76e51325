import { defineCommand, flag, value } from '../../command.ts'
import type { Context } from '../../context.ts'
import { wholeNumber } from '../../numbers.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show who did what, newest first',
  ofApp: true,
  options: {
    all: flag('--all', 'of all apps that you may see, and of the box for its owners'),
    num: value('-n, --num <N>', 'how many (default: 15)'),
  },
  examples: [{ run: 'paas activity -a shop -n 5' }, { run: 'paas activity --all' }],
  async run(context, { options }) {
    const limit = wholeNumber('-n', options.num ?? '15', { min: 1, max: 500 })
    const activity = options.all ? await ofAll(context, limit) : await ofApp(context, limit)
    if (context.json) return context.print(activity)
    const app = options.all ? ['APP'] : []
    const rows = activity.items.map((one) => [
      ...[timeText(one.at), one.by, one.via],
      ...app.map(() => one.app ?? 'box'),
      ...[one.action, one.detail],
    ])
    for (const line of tableLines(['WHEN', 'WHO', 'VIA', ...app, 'ACTION', 'DETAIL'], rows)) context.out.line(line)
  },
})

async function ofApp(context: Context, limit: number) {
  const { app, client } = await context.app()
  return await client.call('activity.list', { params: { app }, query: { limit } })
}

async function ofAll(context: Context, limit: number) {
  const { client } = await context.signedIn()
  return await client.call('activity.all', { query: { limit } })
}

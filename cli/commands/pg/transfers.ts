import { defineCommand } from '../../command.ts'
import { sizeText } from '../../size.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list imports, copies and forks of the databases of an app, the newest first',
  ofApp: true,
  examples: [{ run: 'paas pg:transfers -a shop' }],
  async run(context) {
    const { app, client } = await context.app()
    const answer = await client.call('transfers.list', { params: { app } })
    if (context.json) return context.print(answer)
    if (answer.items.length === 0) return context.err.line(`Nothing was imported, copied or forked in ${app}.`)
    const rows = answer.items.map(({ name, kind, source, addon, createdAt, bytes, state, step, why }) => [
      ...[name, kind, source, addon ?? '-', timeText(createdAt), sizeText(bytes)],
      state === 'running' ? (step ?? state) : why === null ? state : `${state}: ${why}`,
    ])
    for (const line of tableLines(['TRANSFER', 'KIND', 'FROM', 'INTO', 'BEGUN', 'SIZE', 'STATE'], rows))
      context.out.line(line)
  },
})

import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'list the host names of an app',
  ofApp: true,
  examples: [
    {
      run: 'paas domains -a shop',
      shows: ['HOST              KIND', 'shop.example.com  default', 'www.shop.com      custom'],
    },
  ],
  async run(context) {
    const { app, client } = await context.app()
    const domains = await client.call('domains.list', { params: { app } })
    if (context.json) return context.print(domains)
    const rows = domains.items.map(({ host, kind }) => [host, kind])
    for (const line of tableLines(['HOST', 'KIND'], rows)) context.out.line(line)
  },
})

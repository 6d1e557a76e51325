import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'list the certificates of an app, and what stands in the way of those it has not got',
  ofApp: true,
  examples: [
    {
      run: 'paas certs -a shop',
      shows: ['NAME          STATE   EXPIRES     REASON', 'www.shop.com  issued  2027-02-19'],
    },
  ],
  async run(context) {
    const { app, client } = await context.app()
    const certificates = await client.call('certs.list', { params: { app } })
    if (context.json) return context.print(certificates)
    if (certificates.items.length === 0)
      context.err.line(`${app} has no certificates: this box serves it over plain HTTP.`)
    const rows = certificates.items.map(({ name, state, notAfter, reason, alarm }) => {
      return [name, state, notAfter?.slice(0, 10) ?? '-', [alarm, reason].filter(Boolean).join('. ')]
    })
    for (const line of tableLines(['NAME', 'STATE', 'EXPIRES', 'REASON'], rows)) context.out.line(line)
  },
})

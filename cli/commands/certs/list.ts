import { defineCommand, flag } from '../../command.ts'
import type { Context } from '../../context.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'list the certificates of an app, and what stands in the way of those it has not got',
  ofApp: true,
  options: { all: flag('--all', 'of the whole box, for its owners') },
  examples: [
    {
      run: 'paas certs -a shop',
      shows: ['NAME          STATE   EXPIRES     REASON', 'www.shop.com  issued  2027-02-19'],
    },
    { run: 'paas certs --all' },
  ],
  async run(context, { options }) {
    const { of, certificates } = options.all ? await ofAll(context) : await ofApp(context)
    if (context.json) return context.print(certificates)
    if (certificates.items.length === 0)
      context.err.line(`${of} has no certificates: this box serves it over plain HTTP.`)
    const rows = certificates.items.map(({ name, state, notAfter, reason, alarm }) => {
      return [name, state, notAfter?.slice(0, 10) ?? '-', [alarm, reason].filter(Boolean).join('. ')]
    })
    for (const line of tableLines(['NAME', 'STATE', 'EXPIRES', 'REASON'], rows)) context.out.line(line)
  },
})

async function ofApp(context: Context) {
  const { app, client } = await context.app()
  return { of: app, certificates: await client.call('certs.list', { params: { app } }) }
}

async function ofAll(context: Context) {
  const { client } = await context.signedIn()
  return { of: 'The box', certificates: await client.call('certs.all') }
}

import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'claim a host name for an app',
  ofApp: true,
  args: { host: one('a host name, or *.example.com') },
  examples: [{ run: 'paas domains:add www.shop.com -a shop', shows: ['Adding www.shop.com to shop... done'] }],
  async run(context, { args: { host } }) {
    const { app, client } = await context.app()
    const domain = await progress(context.err, `Adding ${host} to ${app}`, () =>
      client.call('domains.add', { params: { app }, body: { host } }),
    )
    if (context.json) return context.print(domain)
    context.err.line(`Next: let the DNS of ${domain.host} lead to this box.`)
  },
})

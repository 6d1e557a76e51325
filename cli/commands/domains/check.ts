import { defineCommand, one } from '../../command.ts'
import { CliError } from '../../errors.ts'

export const command = defineCommand({
  about: 'see whether a host name leads to this box and may have a certificate',
  ofApp: true,
  args: { host: one('a host name of the app') },
  examples: [{ run: 'paas domains:check www.shop.com -a shop', shows: ['www.shop.com is ready.'] }],
  async run(context, { args: { host } }) {
    const { app, client } = await context.app()
    const check = await client.call('domains.check', { params: { app, host } })
    if (context.json) context.print(check)
    else if (check.ready) context.out.line(`${check.name} is ready.`)
    if (!check.ready) throw new CliError(check.reason)
  },
})

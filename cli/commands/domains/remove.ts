import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'give a host name up',
  ofApp: true,
  args: { host: one('the host name') },
  examples: [{ run: 'paas domains:remove www.shop.com -a shop', shows: ['Removing www.shop.com from shop... done'] }],
  async run(context, { args: { host } }) {
    const { app, client } = await context.app()
    await progress(context.err, `Removing ${host} from ${app}`, () =>
      client.call('domains.remove', { params: { app, host } }),
    )
  },
})

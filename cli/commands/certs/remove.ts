import { defineCommand } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'stop using a certificate of your own',
  ofApp: true,
  examples: [{ run: 'paas certs:remove -a shop', shows: ['Removing the certificate of shop... done'] }],
  async run(context) {
    const { app, client } = await context.app()
    await progress(context.err, `Removing the certificate of ${app}`, () =>
      client.call('certs.remove', { params: { app } }),
    )
  },
})

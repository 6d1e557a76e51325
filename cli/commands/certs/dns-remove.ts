import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'forget who writes the DNS records of a zone, and the secret',
  args: { zone: one('the zone') },
  examples: [{ run: 'paas certs:dns:remove example.com', shows: ['Removing the DNS of example.com... done'] }],
  async run(context, { args: { zone } }) {
    const { client } = await context.signedIn()
    await progress(context.err, `Removing the DNS of ${zone}`, () =>
      client.call('acme.removeZone', { params: { zone } }),
    )
  },
})

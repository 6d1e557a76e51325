import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'remove one of your SSH keys',
  args: { key: one('its fingerprint or its comment') },
  examples: [{ run: 'paas keys:remove ada@laptop', shows: ['Removing ada@laptop... done'] }],
  async run(context, { args: { key } }) {
    const { client } = await context.signedIn()
    await progress(context.err, `Removing ${key}`, () => client.call('keys.remove', { params: { key } }))
  },
})

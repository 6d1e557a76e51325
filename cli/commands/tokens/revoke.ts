import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'revoke a token at once',
  args: { token: one('its ID, as paas tokens lists it') },
  examples: [{ run: 'paas tokens:revoke tok_01jd3', shows: ['Revoking tok_01jd3... done'] }],
  async run(context, { args: { token } }) {
    const { client } = await context.signedIn()
    await progress(context.err, `Revoking ${token}`, () => client.call('tokens.revoke', { params: { token } }))
  },
})

import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'take access to an app away from a user',
  ofApp: true,
  args: { user: one('the user') },
  examples: [{ run: 'paas members:remove grace -a shop', shows: ['Removing grace from shop... done'] }],
  async run(context, { args: { user } }) {
    const { app, client } = await context.app()
    await progress(context.err, `Removing ${user} from ${app}`, () =>
      client.call('members.remove', { params: { app, user } }),
    )
  },
})

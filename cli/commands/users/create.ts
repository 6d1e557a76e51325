import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'add a user to the box and print their first token',
  args: { name: one('lower-case letters, digits, dots and dashes') },
  examples: [{ run: 'paas users:create grace' }],
  async run(context, { args: { name } }) {
    const { client, url } = await context.signedIn()
    const created = await progress(context.err, `Adding ${name}`, () => client.call('users.create', { body: { name } }))
    if (context.json) return context.print(created)
    context.out.line(created.token.secret)
    context.err.line(
      `Hand this token to ${name} in private: it is not shown again. They sign in with: paas login ${url}`,
    )
  },
})

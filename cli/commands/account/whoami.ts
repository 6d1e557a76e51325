import { defineCommand } from '../../command.ts'

export const command = defineCommand({
  about: 'show who is signed in, and where',
  examples: [{ run: 'paas whoami', shows: ['ada'] }],
  async run(context) {
    const { client, url } = await context.signedIn()
    const user = await client.call('users.me')
    if (context.json) return context.print(user)
    context.out.line(user.name)
    context.err.line(`${url}${user.boxOwner ? ', owner of the box' : ''}`)
  },
})

import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list the users of the box',
  examples: [{ run: 'paas users' }],
  async run(context) {
    const { client } = await context.signedIn()
    const users = await client.call('users.list')
    if (context.json) return context.print(users)
    const rows = users.items.map((user) => [user.name, user.boxOwner ? 'box owner' : 'user', timeText(user.createdAt)])
    for (const line of tableLines(['NAME', 'ROLE', 'SINCE'], rows)) context.out.line(line)
  },
})

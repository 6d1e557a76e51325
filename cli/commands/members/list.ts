import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'list who has access to an app',
  ofApp: true,
  examples: [{ run: 'paas members -a shop', shows: ['USER   ROLE', 'ada    owner', 'grace  developer'] }],
  async run(context) {
    const { app, client } = await context.app()
    const members = await client.call('members.list', { params: { app } })
    if (context.json) return context.print(members)
    const rows = members.items.map(({ user, role }) => [user, role])
    for (const line of tableLines(['USER', 'ROLE'], rows)) context.out.line(line)
  },
})

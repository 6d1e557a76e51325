import { defineCommand, one } from '../../command.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list the logins of an addon, one for each app',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE') },
  examples: [{ run: 'paas addons:credentials DATABASE -a shop' }],
  async run(context, { args }) {
    const { app, client } = await context.app()
    const answer = await client.call('addons.credentials', { params: { app, addon: args.addon } })
    if (context.json) return context.print(answer)
    const rows = answer.items.map((login) => [login.app, login.user, login.state, timeText(login.createdAt)])
    for (const line of tableLines(['APP', 'LOGIN', 'STATE', 'CREATED'], rows)) context.out.line(line)
  },
})

import { defineCommand, one } from '../../command.ts'
import { releaseChange } from '../../release-change.ts'

export const command = defineCommand({
  about: 'make an addon what DATABASE_URL, or its like, leads to; what it led to keeps another name',
  ofApp: true,
  args: { addon: one('its name, or a variable such as POSTGRESQL_AMBER') },
  examples: [
    {
      run: 'paas addons:promote POSTGRESQL_AMBER -a shop',
      shows: ['Promoting POSTGRESQL_AMBER and restarting shop... done, v12'],
    },
  ],
  async run(context, { args }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const change = await releaseChange(context, chosen, `Promoting ${args.addon} and restarting ${app}`, () =>
      client.call('addons.promote', { params: { app, addon: args.addon } }),
    )
    if (context.json) context.print(change)
  },
})

import { defineCommand, one } from '../../command.ts'
import { releaseChange } from '../../release-change.ts'

export const command = defineCommand({
  about: 'give an app a new login; the old one works until nothing uses it any more',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE') },
  examples: [
    {
      run: 'paas addons:credentials:rotate DATABASE -a shop',
      shows: ['Rotating the login of DATABASE and restarting shop... done, v13'],
    },
  ],
  async run(context, { args }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const title = `Rotating the login of ${args.addon} and restarting ${app}`
    const change = await releaseChange(context, chosen, title, () =>
      client.call('addons.rotate', { params: { app, addon: args.addon } }),
    )
    if (context.json) context.print(change)
  },
})

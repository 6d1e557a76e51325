import { addonChange } from '../../addon-change.ts'
import { defineCommand, one } from '../../command.ts'

export const command = defineCommand({
  about: 'restart the server of an addon; its connections break',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE') },
  examples: [{ run: 'paas addons:restart DATABASE -a shop', shows: ['Restarting DATABASE... done'] }],
  async run(context, { args }) {
    const chosen = await context.app()
    const { app, client } = chosen
    await addonChange(context, chosen, `Restarting ${args.addon}`, () =>
      client.call('addons.restart', { params: { app, addon: args.addon } }),
    )
  },
})

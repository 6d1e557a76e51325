import { addonChange } from '../../addon-change.ts'
import { defineCommand, one } from '../../command.ts'

export const command = defineCommand({
  about: 'change the plan of an addon; its server restarts',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE'), plan: one('see paas addons:plans') },
  examples: [{ run: 'paas addons:resize DATABASE small -a shop', shows: ['Resizing DATABASE to small... done'] }],
  async run(context, { args }) {
    const chosen = await context.app()
    const { app, client } = chosen
    await addonChange(context, chosen, `Resizing ${args.addon} to ${args.plan}`, () =>
      client.call('addons.update', { params: { app, addon: args.addon }, body: { plan: args.plan } }),
    )
  },
})

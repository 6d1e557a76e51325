import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'close an addon to everything but its apps again; connections from outside end',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE') },
  examples: [{ run: 'paas addons:unexpose DATABASE -a shop', shows: ['Closing DATABASE... done'] }],
  async run(context, { args }) {
    const { app, client } = await context.app()
    const addon = await progress(context.err, `Closing ${args.addon}`, () =>
      client.call('addons.unexpose', { params: { app, addon: args.addon } }),
    )
    if (context.json) context.print(addon)
  },
})

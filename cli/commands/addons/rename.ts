import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'give an addon another name; its variables and addresses stay',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE'), name: one('the new one') },
  examples: [{ run: 'paas addons:rename postgresql-curved-12345 orders-db -a shop' }],
  async run(context, { args }) {
    const { app, client } = await context.app()
    const renamed = await progress(context.err, `Renaming ${args.addon} to ${args.name}`, () =>
      client.call('addons.update', { params: { app, addon: args.addon }, body: { name: args.name } }),
    )
    if (context.json) context.print(renamed)
  },
})

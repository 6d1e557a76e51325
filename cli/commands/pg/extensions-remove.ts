import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand, one } from '../../command.ts'

export const command = defineCommand({
  about: 'remove an extension from a database',
  ofApp: true,
  args: { extension: one('its name, such as pg_trgm'), addon: ADDON_ARGUMENT },
  examples: [{ run: 'paas pg:extensions:remove pg_trgm -a shop', shows: ['Removed pg_trgm.'] }],
  async run(context, { args }) {
    const { app, client } = await context.app()
    const params = { app, addon: args.addon ?? FIRST_DATABASE }
    const body = { name: args.extension, state: 'removed' } as const
    const report = await client.call('addons.changeExtension', { params, body })
    if (context.json) return context.print(report)
    context.err.line(`Removed ${args.extension}.`)
  },
})

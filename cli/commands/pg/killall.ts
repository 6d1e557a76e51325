import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand } from '../../command.ts'

export const command = defineCommand({
  about: 'end all connections to a database; apps connect again',
  ofApp: true,
  args: { addon: ADDON_ARGUMENT },
  examples: [{ run: 'paas pg:killall -a shop', shows: ['Ended 12 connections.'] }],
  async run(context, { args }) {
    const { app, client } = await context.app()
    const params = { app, addon: args.addon ?? FIRST_DATABASE }
    const answer = await client.call('addons.endSessions', { params, body: { force: true } })
    if (context.json) return context.print(answer)
    context.err.line(`Ended ${answer.ended} connections.`)
  },
})

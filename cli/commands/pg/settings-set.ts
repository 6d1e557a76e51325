import { ADDON_ARGUMENT, FIRST_DATABASE, printReport } from '../../addon-report.ts'
import { readAssignments } from '../../assignments.ts'
import { defineCommand, rest, value } from '../../command.ts'

export const command = defineCommand({
  about: 'set settings of a database; an empty value goes back to the default',
  ofApp: true,
  args: { settings: rest('NAME=VALUE, of those that pg:settings lists') },
  options: { addon: value('--addon <NAME>', ADDON_ARGUMENT.about) },
  examples: [{ run: 'paas pg:settings:set statement_timeout=30s work_mem= -a shop' }],
  async run(context, { args, options }) {
    const given = Object.entries(readAssignments(args.settings, 'paas pg:settings'))
    const settings = Object.fromEntries(given.map(([name, text]) => [name, text === '' ? null : text]))
    const { app, client } = await context.app()
    const params = { app, addon: options.addon ?? FIRST_DATABASE }
    printReport(context, await client.call('addons.changeSettings', { params, body: { settings } }))
    context.err.line('In force for connections that are made from now on.')
  },
})

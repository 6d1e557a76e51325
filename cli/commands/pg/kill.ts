import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand, flag, one } from '../../command.ts'
import { wholeNumber } from '../../numbers.ts'

const PIDS = { min: 1, max: 2 ** 22 }

export const command = defineCommand({
  about: 'cancel what a session of a database does',
  ofApp: true,
  args: { pid: one('its number, as pg:ps shows it'), addon: ADDON_ARGUMENT },
  options: { force: flag('-f, --force', 'end the connection too') },
  examples: [{ run: 'paas pg:kill 4711 -a shop', shows: ['Canceled 4711.'] }],
  async run(context, { args, options }) {
    const pid = wholeNumber('PID', args.pid, PIDS)
    const { app, client } = await context.app()
    const params = { app, addon: args.addon ?? FIRST_DATABASE }
    const answer = await client.call('addons.endSessions', { params, body: { pid, force: options.force } })
    if (context.json) return context.print(answer)
    if (answer.ended === 0) return context.err.line(`There is no session ${pid} any more. See: paas pg:ps`)
    context.err.line(`${options.force ? 'Ended' : 'Canceled'} ${pid}.`)
  },
})

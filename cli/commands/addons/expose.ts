import { defineCommand, list, one, value } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exposedAt } from '../../exposed.ts'
import { progress } from '../../progress.ts'

const HIGHEST_PORT = 65_535

export const command = defineCommand({
  about: 'let an addon be reached from the box itself, or over TLS from addresses that you name',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE') },
  options: {
    address: value('--address <ADDRESS>', 'of the box, instead of 127.0.0.1; needs --allow and an owner of the box'),
    port: value('--port <PORT>', 'instead of any free one'),
    allow: list('--allow <ADDRESS|RANGE>', 'who may connect; may be repeated'),
  },
  examples: [
    { run: 'paas addons:expose DATABASE -a shop', shows: ['Exposing DATABASE... done, at 127.0.0.1:41873'] },
    { run: 'paas addons:expose DATABASE --address 0.0.0.0 --port 5433 --allow 192.0.2.0/24 -a shop' },
  ],
  async run(context, { args, options }) {
    const { app, client } = await context.app()
    const body = { address: options.address, port: portOf(options.port), allow: options.allow }
    const addon = await progress(
      context.err,
      `Exposing ${args.addon}`,
      () => client.call('addons.expose', { params: { app, addon: args.addon }, body }),
      ({ exposed }) => (exposed ? `, at ${exposedAt(exposed)}` : ''),
    )
    if (context.json) context.print(addon)
  },
})

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port <= HIGHEST_PORT) return port
  throw new UsageError(`${JSON.stringify(text)} is not a port.`, { fix: `Write a number from 1 to ${HIGHEST_PORT}.` })
}

import { defineCommand, rest } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { updateRouting } from '../../routing-change.ts'

export const command = defineCommand({
  about: 'show or set headers of every answer, in place of the app’s own of the same name',
  ofApp: true,
  args: { pairs: rest('NAME=VALUE; none shows what is set') },
  examples: [
    {
      run: 'paas routing:headers x-frame-options=DENY referrer-policy=no-referrer -a shop',
      shows: ['Setting x-frame-options, referrer-policy of shop... done'],
    },
    { run: 'paas routing:headers -a shop', shows: ['referrer-policy: no-referrer', 'x-frame-options: DENY'] },
  ],
  async run(context, { args: { pairs } }) {
    if (pairs.length > 0) {
      const headers = readHeaders(pairs)
      const names = Object.keys(headers)
      return void (await updateRouting(context, (app) => `Setting ${names.join(', ')} of ${app}`, { headers }))
    }
    const { app, client } = await context.app()
    const routing = await client.call('routing.show', { params: { app } })
    if (context.json) return context.print(routing)
    const headers = Object.entries(routing.settings.headers)
    if (headers.length === 0) context.err.line(`${app} has no headers of its own.`)
    for (const [name, value] of headers) context.out.line(`${name}: ${value}`)
  },
})

function readHeaders(pairs: string[]): Record<string, string> {
  const headers = new Map<string, string>()
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    if (equals < 1) {
      const fix = 'Write NAME=VALUE; quote values with spaces.'
      throw new UsageError(`${JSON.stringify(pair)} is no header.`, { fix, command: 'paas routing:headers --help' })
    }
    const name = pair.slice(0, equals).toLowerCase()
    if (headers.has(name)) throw new UsageError(`${name} is given twice.`)
    headers.set(name, pair.slice(equals + 1))
  }
  return Object.fromEntries(headers)
}

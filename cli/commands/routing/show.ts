import { defineCommand } from '../../command.ts'
import { routingRows } from '../../routing-settings.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'show how the router treats the requests of an app, and the defaults',
  ofApp: true,
  examples: [
    {
      run: 'paas routing -a shop',
      shows: [
        'SETTING                 VALUE  DEFAULT',
        'sticky                  on     off',
        'rate-limit              10/20  none',
        'first-byte-timeout      90s    60s',
        '...',
      ],
    },
    { run: 'paas routing -a shop --json | jq .settings' },
  ],
  async run(context) {
    const { app, client } = await context.app()
    const routing = await client.call('routing.show', { params: { app } })
    if (context.json) return context.print(routing)
    const rows = routingRows(routing.settings, routing.defaults).map(([name, value, fallback]) => {
      return [name, value === fallback ? value : context.out.style('bold', value), fallback]
    })
    for (const line of tableLines(['SETTING', 'VALUE', 'DEFAULT'], rows)) context.out.line(line)
  },
})

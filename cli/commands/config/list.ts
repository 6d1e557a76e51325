import { defineCommand, flag } from '../../command.ts'
import { factLines } from '../../table.ts'

export const command = defineCommand({
  about: 'list config vars; on a terminal their values are masked',
  ofApp: true,
  options: { show: flag('--show', 'show the values on a terminal too') },
  examples: [
    { run: 'paas config -a shop', shows: ['DATABASE_URL:  ********', 'NODE_ENV:      ********'] },
    { run: 'paas config -a shop --show' },
    { run: 'paas config -a shop --json | jq -r .vars.NODE_ENV' },
  ],
  async run(context, { options }) {
    const { app, client } = await context.app()
    const config = await client.call('config.list', { params: { app } })
    if (context.json) return context.print(config)
    const names = Object.keys(config.vars).sort()
    if (names.length === 0)
      return context.err.line(`${app} has no config vars. Set one: paas config:set NAME=VALUE -a ${app}`)
    const masked = context.out.isTTY && !options.show
    const facts = names.map((name): [string, string] => [name, masked ? '********' : (config.vars[name] ?? '')])
    for (const line of factLines(facts)) context.out.line(line)
    if (masked) context.err.line(context.err.style('dim', 'Values are masked; --show shows them.'))
  },
})

import { variablesIn } from '../../addon-change.ts'
import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'list the addons of an app',
  ofApp: true,
  examples: [
    {
      run: 'paas addons -a shop',
      shows: [
        'NAME                     SERVICE        PLAN  STATE      VARIABLES',
        'postgresql-curved-12345  postgresql 15  mini  available  DATABASE_URL, POSTGRESQL_AMBER_URL',
      ],
    },
  ],
  async run(context) {
    const { app, client } = await context.app()
    const answer = await client.call('addons.list', { params: { app } })
    if (context.json) return context.print(answer)
    if (answer.items.length === 0)
      return context.err.line(`${app} has no addons. See which there are: paas addons:plans`)
    const rows = answer.items.map((addon) => [
      addon.app === app ? addon.name : `${addon.name} (of ${addon.app})`,
      `${addon.service} ${addon.version}`,
      addon.plan,
      [addon.state, ...addon.conditions.map(({ code }) => code)].join(', '),
      variablesIn(addon, app) || '-',
    ])
    for (const line of tableLines(['NAME', 'SERVICE', 'PLAN', 'STATE', 'VARIABLES'], rows)) context.out.line(line)
  },
})

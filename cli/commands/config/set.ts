import { readAssignments } from '../../assignments.ts'
import { defineCommand, rest } from '../../command.ts'
import { releaseChange } from '../../release-change.ts'

export const command = defineCommand({
  about: 'set config vars: one release, however many there are',
  ofApp: true,
  args: { pairs: rest('NAME=VALUE') },
  examples: [
    {
      run: 'paas config:set RAILS_ENV=staging RACK_ENV=staging -a shop',
      shows: ['Setting RAILS_ENV, RACK_ENV and restarting shop... done, v10'],
    },
    { run: 'paas config:set GREETING="hello there" -a shop' },
  ],
  async run(context, { args: { pairs } }) {
    const vars = readAssignments(pairs, 'paas config:set NAME=VALUE')
    const chosen = await context.app()
    const { app, client } = chosen
    const title = `Setting ${Object.keys(vars).join(', ')} and restarting ${app}`
    const change = await releaseChange(context, chosen, title, () =>
      client.call('config.update', { params: { app }, body: { vars } }),
    )
    if (context.json) context.print(change)
  },
})

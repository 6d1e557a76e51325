import { variablesIn } from '../../addon-change.ts'
import { defineCommand, one, value } from '../../command.ts'
import { releaseChange } from '../../release-change.ts'

export const command = defineCommand({
  about: 'let an app use an addon of another app, or under a further name',
  ofApp: true,
  args: { addon: one('its name') },
  options: { as: value('--as <NAME>', 'the app finds it in NAME_URL') },
  examples: [
    {
      run: 'paas addons:attach postgresql-curved-12345 --as REPORTS -a reports',
      shows: ['Attaching postgresql-curved-12345 and restarting reports... done, v4'],
    },
  ],
  async run(context, { args, options }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const change = await releaseChange(context, chosen, `Attaching ${args.addon} and restarting ${app}`, () =>
      client.call('addons.attach', { params: { app, addon: args.addon }, body: { as: options.as } }),
    )
    if (context.json) return context.print(change)
    context.err.line(`${app} finds it in ${variablesIn(change.addon, app)}.`)
  },
})

import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand, value } from '../../command.ts'
import { requireConfirmation } from '../../confirmation.ts'
import { move } from '../../upgrade.ts'

export const command = defineCommand({
  about: 'move a database to the server that was prepared; apps only read from it for its last changes',
  ofApp: true,
  args: { addon: ADDON_ARGUMENT },
  options: {
    to: value('--to <NAME>', 'instead of the one that pg:upgrade:prepare made'),
    confirm: value('-c, --confirm <NAME>', 'the name of the addon again, instead of typing it'),
  },
  examples: [
    {
      run: 'paas pg:upgrade:run -a shop --confirm postgresql-curved-12345',
      shows: [
        'Moving postgresql-curved-12345 to postgresql-curved-12345-next... done',
        'The old server stays, with what was in it, until it is destroyed. See: paas addons -a shop',
      ],
    },
  ],
  async run(context, { args, options }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const { name } = await client.call('addons.info', { params: { app, addon: args.addon ?? FIRST_DATABASE } })
    await requireConfirmation(context, {
      name,
      given: options.confirm,
      warning: `Apps can only read from ${name} for a moment, and longer where it must be copied; paas pg:upgrade:dryrun tells.`,
      command: `paas pg:upgrade:run ${name} -a ${app}`,
    })
    const { moved } = await move(context, chosen, { addon: name, to: options.to, rehearse: false, confirm: name })
    if (context.json) return context.print(moved)
    context.err.line(`The old server stays, with what was in it, until it is destroyed. See: paas addons -a ${app}`)
  },
})

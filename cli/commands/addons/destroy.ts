import { addonChange } from '../../addon-change.ts'
import { defineCommand, flag, one, value } from '../../command.ts'
import { requireConfirmation } from '../../confirmation.ts'

export const command = defineCommand({
  about: 'destroy an addon with all its data; a last backup of it is made first',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE') },
  options: {
    confirm: value('-c, --confirm <NAME>', 'the name of the addon again, instead of typing it'),
    backup: flag('--no-backup', 'make no last backup: for one that answers no more; what is in it is lost'),
  },
  examples: [
    {
      run: 'paas addons:destroy postgresql-curved-12345 --confirm postgresql-curved-12345 -a shop',
      shows: ['Destroying postgresql-curved-12345... done'],
    },
    { run: 'paas addons:destroy DATABASE --no-backup -a shop' },
  ],
  async run(context, { args, options }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const { name, attachments } = await client.call('addons.info', { params: { app, addon: args.addon } })
    const users = [...new Set(attachments.map((each) => each.app))]
    await requireConfirmation(context, {
      name,
      given: options.confirm,
      warning: `This destroys ${name} with all its data${options.backup ? '' : ', of which no last backup is made'}; used by: ${users.join(', ') || 'no app'}.`,
      command: `paas addons:destroy ${name} -a ${app}${options.backup ? '' : ' --no-backup'}`,
    })
    const query = { confirm: name, ...(!options.backup && { backup: 'false' as const }) }
    await addonChange(context, chosen, `Destroying ${name}`, () =>
      client.call('addons.destroy', { params: { app, addon: name }, query }),
    )
  },
})

import { addonChange } from '../../addon-change.ts'
import { defineCommand, one, value } from '../../command.ts'
import { requireConfirmation } from '../../confirmation.ts'

export const command = defineCommand({
  about: 'destroy an addon with all its data',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE') },
  options: { confirm: value('-c, --confirm <NAME>', 'the name of the addon again, instead of typing it') },
  examples: [
    {
      run: 'paas addons:destroy postgresql-curved-12345 --confirm postgresql-curved-12345 -a shop',
      shows: ['Destroying postgresql-curved-12345... done'],
    },
  ],
  async run(context, { args, options }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const { name, attachments } = await client.call('addons.info', { params: { app, addon: args.addon } })
    const users = [...new Set(attachments.map((each) => each.app))]
    await requireConfirmation(context, {
      name,
      given: options.confirm,
      warning: `This destroys ${name} with all its data; used by: ${users.join(', ') || 'no app'}.`,
      command: `paas addons:destroy ${name} -a ${app}`,
    })
    await addonChange(context, chosen, `Destroying ${name}`, () =>
      client.call('addons.destroy', { params: { app, addon: name }, query: { confirm: name } }),
    )
  },
})

import { defineCommand, one, value } from '../../command.ts'
import { requireConfirmation } from '../../confirmation.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'remove a user with their keys and tokens',
  args: { name: one('the user') },
  options: { confirm: value('--confirm <NAME>', 'the name again, instead of typing it') },
  examples: [{ run: 'paas users:remove grace --confirm grace', shows: ['Removing grace... done'] }],
  async run(context, { args: { name }, options }) {
    const warning = `This removes the user ${name} with all keys and tokens.`
    await requireConfirmation(context, { name, given: options.confirm, warning, command: `paas users:remove ${name}` })
    const { client } = await context.signedIn()
    await progress(context.err, `Removing ${name}`, () => client.call('users.remove', { params: { user: name } }))
  },
})

import { defineCommand, one, value } from '../../command.ts'
import { requireConfirmation } from '../../confirmation.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'remove a backup from its store for good',
  ofApp: true,
  args: { backup: one('its name, such as b001') },
  options: { confirm: value('--confirm <NAME>', 'its name again, to be sure') },
  examples: [{ run: 'paas backups:remove b001 -a shop --confirm b001', shows: ['Removing b001... done'] }],
  async run(context, { args: { backup }, options }) {
    const { app, client } = await context.app()
    await requireConfirmation(context, {
      name: backup,
      given: options.confirm,
      warning: `This removes the backup ${backup} of ${app} for good.`,
      command: `paas backups:remove ${backup} -a ${app}`,
    })
    await progress(context.err, `Removing ${backup}`, () => client.call('backups.remove', { params: { app, backup } }))
  },
})

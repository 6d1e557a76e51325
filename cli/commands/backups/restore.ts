import { randomUUID } from 'node:crypto'
import { awaitRestore } from '../../backup-wait.ts'
import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'restore a backup into a new addon; what there is now stays as it is',
  ofApp: true,
  args: { backup: one('its name, such as b001') },
  examples: [
    {
      run: 'paas backups:restore b001 -a shop',
      shows: [
        'Restoring b001... done, postgresql-calm-54321',
        'Let the app use it: paas addons:attach postgresql-calm-54321 -a shop',
      ],
    },
  ],
  async run(context, { args: { backup } }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const started = await client.call('backups.restore', { params: { app, backup }, idempotencyKey: randomUUID() })
    const restored = await progress(
      context.err,
      `Restoring ${backup}`,
      () => awaitRestore(context, chosen, started),
      ({ addon }) => `, ${addon}`,
    )
    if (context.json) return context.print(restored)
    const attach = `paas addons:attach ${restored.addon} -a ${app}`
    context.err.line(`Let the app use it: ${attach}`)
    context.err.line(`In place of the old one: paas addons:promote ${restored.addon} -a ${app}`)
  },
})

import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'stop backing an addon up by itself; backups stay',
  ofApp: true,
  args: { addon: one('its name') },
  examples: [{ run: 'paas backups:unschedule postgresql-curved-12345 -a shop' }],
  async run(context, { args: { addon } }) {
    const { app, client } = await context.app()
    await progress(context.err, `Stopping backups of ${addon}`, () =>
      client.call('backups.unschedule', { params: { app, addon } }),
    )
  },
})

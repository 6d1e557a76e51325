import { readKeep, readTimes } from '../../backup-times.ts'
import { defineCommand, one, value } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { progress } from '../../progress.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'back an addon up by itself, and say how many backups are kept',
  ofApp: true,
  args: { addon: one('its name') },
  options: {
    at: value('--at <TIME>', "an hour, such as '02:00 Europe/Berlin' (else UTC), or cron's five fields"),
    keep: value('--keep <COUNTS>', "of how many days, weeks and months the newest is kept (default: '7d 4w 3m')"),
  },
  examples: [
    { run: 'paas backups:schedule postgresql-curved-12345 --at 02:00 -a shop' },
    { run: 'paas backups:schedule postgresql-curved-12345 --at 04:30 --keep 14d,8w,12m -a shop' },
  ],
  async run(context, { args: { addon }, options }) {
    if (options.at === undefined) {
      throw new UsageError('Say when.', { command: `paas backups:schedule ${addon} --at '02:00 Europe/Berlin'` })
    }
    const body = { ...readTimes(options.at), ...(options.keep !== undefined && { keep: readKeep(options.keep) }) }
    const { app, client } = await context.app()
    const schedule = await progress(
      context.err,
      `Scheduling backups of ${addon}`,
      () => client.call('backups.schedule', { params: { app, addon }, body }),
      ({ nextAt }) => `, next ${timeText(nextAt)}`,
    )
    if (context.json) context.print(schedule)
  },
})

import { randomUUID } from 'node:crypto'
import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { awaitRestore } from '../../backup-wait.ts'
import { defineCommand, flag, value } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { readMoment } from '../../moment.ts'
import { progress } from '../../progress.ts'

const EXAMPLE = 'paas pg:restore --to "10 minutes ago"'

export const command = defineCommand({
  about: 'bring a moment of a database back into a new addon; what there is now stays as it is',
  ofApp: true,
  args: { addon: ADDON_ARGUMENT },
  options: {
    to: value(
      '--to <MOMENT>',
      "'10 minutes ago', '2026-11-28 14:00' (local), with a zone, or v12: before that release",
    ),
    detached: flag('-d, --detached', 'do not wait for it'),
  },
  examples: [
    {
      run: `${EXAMPLE} -a shop`,
      shows: [
        'Restoring postgresql-curved-12345... done, postgresql-calm-54321',
        'Let the app use it: paas addons:attach postgresql-calm-54321 -a shop',
      ],
    },
    { run: 'paas pg:restore --to v12 -a shop' },
    { run: 'paas pg:restore postgresql-curved-12345 --to "2026-11-28 14:00" -a shop' },
  ],
  async run(context, { args, options }) {
    if (options.to === undefined) throw new UsageError('Say to which moment.', { command: EXAMPLE })
    const body = readMoment(options.to)
    const chosen = await context.app()
    const params = { app: chosen.app, addon: args.addon ?? FIRST_DATABASE }
    const started = await chosen.client.call('archives.restore', { params, body, idempotencyKey: randomUUID() })
    if (options.detached) {
      if (context.json) return context.print(started)
      return context.err.line(`${started.name} of ${started.of} begins. See it: paas backups -a ${started.app}`)
    }
    const restored = await progress(
      context.err,
      `Restoring ${started.of}`,
      (step) => awaitRestore(context, { ...chosen, app: started.app }, started, step),
      ({ addon }) => `, ${addon}`,
    )
    if (context.json) return context.print(restored)
    context.err.line(`Let the app use it: paas addons:attach ${restored.addon} -a ${chosen.app}`)
    context.err.line(`In place of the old one: paas addons:promote ${restored.addon} -a ${chosen.app}`)
  },
})

import { randomUUID } from 'node:crypto'
import { awaitBackup } from '../../backup-wait.ts'
import { defineCommand, flag, maybe } from '../../command.ts'
import { progress } from '../../progress.ts'
import { sizeText } from '../../size.ts'

export const command = defineCommand({
  about: 'back an addon up now; it is proved by a restore afterwards',
  ofApp: true,
  args: { addon: maybe('its name; left out, the only one that the app has') },
  options: { detached: flag('-d, --detached', 'do not wait for it') },
  examples: [
    { run: 'paas backups:create -a shop', shows: ['Backing up postgresql-curved-12345... done, b001, 4.2 MB'] },
    { run: 'paas backups:create redis-flat-77 -d -a shop' },
  ],
  async run(context, { args, options }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const body = args.addon === undefined ? {} : { addon: args.addon }
    const started = await client.call('backups.create', { params: { app }, body, idempotencyKey: randomUUID() })
    if (options.detached) {
      if (context.json) return context.print(started)
      return context.err.line(
        `${started.name} of ${started.addon} begins. See it: paas backups:info ${started.name} -a ${app}`,
      )
    }
    const made = await progress(
      context.err,
      `Backing up ${started.addon}`,
      (step) => awaitBackup(context, chosen, started, step),
      ({ name, storedBytes }) => `, ${name}, ${sizeText(storedBytes ?? 0)}`,
    )
    if (context.json) context.print(made)
  },
})

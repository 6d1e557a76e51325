import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

export function cronHandlers({ activity, cron }: ApiServices): Handlers<'cron.list' | 'cron.run'> {
  return {
    'cron.list': ({ app }) => onePage(cron.list(app)),
    'cron.run': async ({ actor, app, params }) => {
      const run = await cron.run(actor, app, params.job)
      activity.record(actor, 'cron.run', run.name, app)
      return run
    },
  }
}

import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

export function runHandlers({ activity, runs }: ApiServices): Handlers<'runs.create' | 'runs.list' | 'runs.stop'> {
  return {
    'runs.create': async ({ actor, app, body }) => {
      const run = await runs.create(actor, app, body)
      activity.record(actor, 'run.create', run.name, app)
      return run
    },
    'runs.list': ({ app }) => onePage(runs.list(app)),
    'runs.stop': async ({ actor, app, params }) => {
      await runs.stop(app, params.run)
      activity.record(actor, 'run.stop', params.run, app)
      return null
    },
  }
}

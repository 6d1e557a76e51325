import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import type { RunRights } from './run-rights.ts'
import type { ApiServices } from './services.ts'

export function runHandlers(
  { activity, runs }: ApiServices,
  rights: RunRights,
): Handlers<'runs.create' | 'runs.exec' | 'runs.list' | 'runs.stop'> {
  return {
    'runs.create': async ({ actor, app, body, isAllowed }) => {
      const run = await runs.create(actor, app, body)
      if (run.ticket !== null) rights.remember(run.id, isAllowed, actor.session?.id)
      activity.record(actor, 'run.create', run.name, app)
      return run
    },
    'runs.exec': async ({ actor, app, body, isAllowed }) => {
      const run = await runs.exec(actor, app, body)
      rights.remember(run.id, isAllowed, actor.session?.id)
      activity.record(actor, 'run.exec', `${run.name} in ${run.instance}`, app)
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

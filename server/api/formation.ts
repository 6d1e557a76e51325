import type { z } from 'zod'
import type { Scale } from '../contract/formation.ts'
import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

type FormationOperation = 'formation.list' | 'formation.scale' | 'instances.list' | 'instances.restart'

export function formationHandlers({ activity, deploys }: ApiServices): Handlers<FormationOperation> {
  return {
    'formation.list': ({ app }) => onePage(deploys.processes(app)),
    'formation.scale': async ({ actor, app, body }) => {
      activity.record(actor, 'formation.scale', body.changes.map(scaleText).join(' '), app)
      return onePage(await deploys.scale(actor, app, body.changes))
    },
    'instances.list': async ({ app, query }) => onePage(await deploys.instances(app, query.stats === 'true')),
    'instances.restart': async ({ actor, app, body }) => {
      activity.record(actor, 'instances.restart', body.process ?? 'all', app)
      return onePage(await deploys.restart(actor, app, body.process))
    },
  }
}

/** As one types it: `web=3`, `worker+1`. */
function scaleText(change: z.output<typeof Scale>['changes'][number]): string {
  if ('quantity' in change) return `${change.type}=${change.quantity}`
  return `${change.type}${change.change < 0 ? '' : '+'}${change.change}`
}

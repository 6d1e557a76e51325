import type { Handlers } from './handler.ts'
import { pageQuery } from './page.ts'
import type { ApiServices } from './services.ts'

export function releaseHandlers({
  activity,
  deploys,
  releases,
}: ApiServices): Handlers<'releases.list' | 'releases.info' | 'releases.rollback'> {
  return {
    'releases.list': ({ app, query }) => releases.list(app, pageQuery(query)),
    'releases.info': ({ app, params }) => releases.get(app, params.release),
    'releases.rollback': ({ actor, app, body }) => {
      const deploying = deploys.rollback(actor, app, body.to)
      activity.record(actor, 'release.rollback', `v${deploying.release}${body.to ? ` from v${body.to}` : ''}`, app)
      return deploying
    },
  }
}

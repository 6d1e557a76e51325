import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import { routesChanged } from './routes-changed.ts'
import type { ApiServices } from './services.ts'

export function domainHandlers(services: ApiServices): Handlers<'domains.list' | 'domains.add' | 'domains.remove'> {
  const { activity, domains } = services
  return {
    'domains.list': ({ app }) => onePage(domains.list(app)),
    'domains.add': async ({ actor, app, body }) => {
      const domain = domains.add(app, body.host)
      activity.record(actor, 'domain.add', domain.host, app)
      await routesChanged(services)
      return domain
    },
    'domains.remove': async ({ actor, app, params }) => {
      domains.remove(app, params.host)
      activity.record(actor, 'domain.remove', params.host, app)
      await routesChanged(services)
      return null
    },
  }
}

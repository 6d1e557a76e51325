import type { Handlers } from './handler.ts'
import { routesChanged } from './routes-changed.ts'
import type { ApiServices } from './services.ts'

type AcmeOperation = 'acme.settings' | 'acme.update' | 'acme.putZone' | 'acme.removeZone'

export function acmeHandlers(services: ApiServices): Handlers<AcmeOperation> {
  const { acme, activity } = services
  return {
    'acme.settings': () => acme.get(),
    'acme.update': async ({ actor, body }) => {
      const { changed } = acme.update(body)
      if (changed.length > 0) {
        activity.record(actor, 'acme.update', changed.join(', '))
        await routesChanged(services)
      }
      return acme.get()
    },
    'acme.putZone': async ({ actor, body, params }) => {
      acme.putZone(params.zone, body)
      activity.record(actor, 'acme.zone-put', `${params.zone} at ${body.provider}`)
      await routesChanged(services)
      return acme.get()
    },
    'acme.removeZone': async ({ actor, params }) => {
      acme.removeZone(params.zone)
      activity.record(actor, 'acme.zone-remove', params.zone)
      await routesChanged(services)
      return null
    },
  }
}

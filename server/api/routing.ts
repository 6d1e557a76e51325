import { ROUTING_DEFAULTS } from '../apps/routing.ts'
import type { Routing, RoutingName, UpdateRouting } from '../contract/routing.ts'
import type { Call, Handlers } from './handler.ts'
import { onePage } from './page.ts'
import { routesChanged } from './routes-changed.ts'
import type { ApiServices } from './services.ts'

type RoutingOperation = 'routing.show' | 'routing.update' | 'paths.list' | 'paths.add' | 'paths.remove'

export function routingHandlers(services: ApiServices): Handlers<RoutingOperation> {
  const { activity, paths, routing } = services
  return {
    'routing.show': ({ app }) => ({ settings: routing.get(app.id), defaults: ROUTING_DEFAULTS }),
    'routing.update': (call) => updateRouting(call, services),
    'paths.list': ({ app }) => onePage(paths.list(app)),
    'paths.add': async ({ actor, app, body }) => {
      const path = paths.add(actor, app, body)
      activity.record(actor, 'path.add', `${path.host}${path.prefix}${path.strip ? ' without the prefix' : ''}`, app)
      await routesChanged(services)
      return path
    },
    'paths.remove': async ({ actor, app, params }) => {
      const path = paths.remove(app, params.path)
      activity.record(actor, 'path.remove', `${path.host}${path.prefix}`, app)
      await routesChanged(services)
      return null
    },
  }
}

async function updateRouting({ actor, app, body }: Call<'routing.update'>, services: ApiServices) {
  const { activity, routing } = services
  const { changed } = await routing.update(app, body)
  const settings = routing.get(app.id)
  if (changed.length > 0) {
    activity.record(actor, 'routing.update', changed.map((name) => describe(name, settings, body)).join(', '), app)
    await routesChanged(services)
  }
  return { settings, defaults: ROUTING_DEFAULTS }
}

/** `sticky=true`, `header x-frame-options`; passwords, header values and pages are not repeated. */
export function describe(name: RoutingName, settings: Routing, changes: UpdateRouting): string {
  if (name === 'auth') return changes.auth ? `auth of ${Object.keys(changes.auth).join(' ')}` : 'auth=none'
  if (name === 'headers') return changes.headers ? `headers ${Object.keys(changes.headers).join(' ')}` : 'headers=none'
  const value = settings[name]
  if (name === 'errorPage' || name === 'maintenancePage') return `${name}=${value === null ? 'default' : 'own'}`
  return `${name}=${JSON.stringify(value)}`
}

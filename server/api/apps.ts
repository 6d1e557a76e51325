import type { AppRecord } from '../apps/apps.ts'
import { PaasError } from '../errors.ts'
import { appView } from './app-view.ts'
import type { Call, Handlers } from './handler.ts'
import { routesChanged } from './routes-changed.ts'
import type { ApiServices } from './services.ts'

type AppOperation = 'apps.list' | 'apps.create' | 'apps.info' | 'apps.update' | 'apps.destroy'

export function appHandlers(services: ApiServices): Handlers<AppOperation> {
  const { activity, apps } = services
  return {
    'apps.list': ({ actor, query }) => {
      const after = apps.listFor(actor).filter(({ name }) => query.cursor === undefined || name > query.cursor)
      const items = after.slice(0, query.limit)
      const next = after.length > items.length ? (items.at(-1)?.name ?? null) : null
      return { items: items.map((app) => appView(app, services)), next }
    },
    'apps.create': async ({ actor, body }) => {
      const app = apps.create(actor, body.name)
      activity.record(actor, 'app.create', app.name, app)
      await routesChanged(services)
      return appView(app, services)
    },
    'apps.info': ({ app }) => appView(app, services),
    'apps.update': (call) => updateApp(call, services),
    'apps.destroy': (call) => destroyApp(call, services),
  }
}

async function updateApp({ actor, app, body }: Call<'apps.update'>, services: ApiServices) {
  const { activity, apps } = services
  if (body.name !== undefined && body.name !== app.name) {
    apps.rename(app.id, body.name)
    activity.record(actor, 'app.rename', `${app.name} to ${body.name}`, { id: app.id, name: body.name })
  }
  if (body.maintenance !== undefined && body.maintenance !== app.maintenance) {
    apps.setMaintenance(app.id, body.maintenance)
    activity.record(actor, 'app.maintenance', body.maintenance ? 'on' : 'off', app)
  }
  await routesChanged(services)
  return appView(reread(app, services), services)
}

/** What runs goes first and the row last: what is interrupted can be done again. */
async function destroyApp({ actor, app, query }: Call<'apps.destroy'>, services: ApiServices): Promise<null> {
  if (query.confirm !== app.name) throw notConfirmed(app)
  await services.deploys.destroy(actor, app)
  await services.addons.appDestroyed(actor, app)
  await services.repositories.remove(app)
  await services.logs.remove(app.id)
  await services.metrics.remove(app.id)
  services.activity.record(actor, 'app.destroy', app.name, app)
  services.apps.delete(app.id)
  await routesChanged(services)
  return null
}

function reread(app: AppRecord, { apps }: ApiServices): AppRecord {
  return apps.findById(app.id) ?? app
}

function notConfirmed(app: AppRecord): PaasError {
  return new PaasError('invalid', 'app.confirm', `Destroying ${app.name} must be confirmed with its name.`, {
    fix: 'Everything that the app has will be gone: its releases, config vars, domains, logs, and addons that no other app uses.',
    command: `paas apps:destroy -a ${app.name} --confirm ${app.name}`,
  })
}

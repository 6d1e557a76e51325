import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

type BuildpackOperation = 'buildpacks.list' | 'buildpacks.set' | 'buildpacks.add' | 'buildpacks.remove'

export function buildpackHandlers({ activity, buildpacks }: ApiServices): Handlers<BuildpackOperation> {
  const view = (app: { id: string }) => ({ buildpacks: buildpacks.list(app.id) })
  return {
    'buildpacks.list': ({ app }) => view(app),
    'buildpacks.set': ({ actor, app, body }) => {
      buildpacks.set(app, body.buildpacks)
      activity.record(actor, 'buildpacks.set', body.buildpacks.join(', ') || 'none', app)
      return view(app)
    },
    'buildpacks.add': ({ actor, app, body }) => {
      buildpacks.add(app, body.buildpack, body.position)
      activity.record(actor, 'buildpacks.add', body.buildpack, app)
      return view(app)
    },
    'buildpacks.remove': ({ actor, app, query }) => {
      buildpacks.remove(app, query.buildpack)
      activity.record(actor, 'buildpacks.remove', query.buildpack, app)
      return view(app)
    },
  }
}

import { CHANGED, type ChangeEvent } from '../contract/event.ts'
import type { Call, Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

type ChangeServices = Pick<ApiServices, 'access' | 'apps' | 'changes'>

export function changeHandlers(services: ChangeServices): Handlers<'changes.watch'> {
  return { 'changes.watch': (call) => visibleChanges(call, services) }
}

/** Of an app that is gone nobody can say who saw it: all are told that the list is another one, and no name. */
async function* visibleChanges(
  { actor, query, lastEventId, signal }: Call<'changes.watch'>,
  { access, apps, changes }: ChangeServices,
): AsyncGenerator<ChangeEvent> {
  for await (const change of changes.follow(query.after ?? lastEventId, signal)) {
    const cursor = changes.cursorOf(change)
    if (change.what === undefined) yield { cursor, app: null, what: [...CHANGED] }
    else if (change.appId === null) yield { cursor, app: null, what: change.what }
    else {
      const app = apps.findById(change.appId)
      if (!app) yield { cursor, app: null, what: ['apps'] }
      else if (access.can(actor, 'app:view', app)) yield { cursor, app: app.name, what: change.what }
    }
  }
}

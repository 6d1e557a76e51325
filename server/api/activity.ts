import type { Activity } from '../contract/user.ts'
import { PaasError } from '../errors.ts'
import type { ActivityFilter } from '../people/activity.ts'
import type { Call, Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

type Query = Call<'activity.list'>['query']

export function activityHandlers({ access, activity }: ApiServices): Handlers<'activity.list' | 'activity.all'> {
  return {
    'activity.list': ({ app, query }) => paged(query, (filter) => activity.list(app.id, filter)),
    'activity.all': ({ actor, query: { app, ...query } }) => {
      const reader = { userId: actor.user?.id ?? null, apps: access.visibleAppIds(actor) }
      return paged(query, (filter) => activity.listFor(reader, { ...filter, app }))
    },
  }
}

function paged({ cursor, since, until, ...query }: Query, find: (filter: ActivityFilter) => Activity[]) {
  const items = find({
    ...query,
    before: cursor === undefined ? undefined : parseCursor(cursor),
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
  })
  const next = items.length === query.limit ? String(items.at(-1)?.id) : null
  return { items, next }
}

function parseCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new PaasError('invalid', 'page.cursor', 'This cursor is not one that a page has given out.')
}

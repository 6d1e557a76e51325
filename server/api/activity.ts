import { PaasError } from '../errors.ts'
import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

export function activityHandlers({ activity }: ApiServices): Handlers<'activity.list'> {
  return {
    'activity.list': ({ app, query: { cursor, since, until, ...query } }) => {
      const items = activity.list(app.id, {
        ...query,
        before: cursor === undefined ? undefined : parseCursor(cursor),
        since: since === undefined ? undefined : new Date(since),
        until: until === undefined ? undefined : new Date(until),
      })
      const next = items.length === query.limit ? String(items.at(-1)?.id) : null
      return { items, next }
    },
  }
}

function parseCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new PaasError('invalid', 'page.cursor', 'This cursor is not one that a page has given out.')
}

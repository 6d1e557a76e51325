import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

export function keyHandlers({ activity, keys }: ApiServices): Handlers<'keys.list' | 'keys.add' | 'keys.remove'> {
  return {
    'keys.list': ({ actor }) => onePage(keys.list(actor.user.id)),
    'keys.add': ({ actor, body }) => {
      const key = keys.add(actor.user.id, body.publicKey)
      activity.record(actor, 'key.add', key.fingerprint)
      return key
    },
    'keys.remove': ({ actor, params }) => {
      keys.remove(actor.user.id, params.key)
      activity.record(actor, 'key.remove', params.key)
      return null
    },
  }
}

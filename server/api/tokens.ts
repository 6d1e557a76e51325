import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

export function tokenHandlers({
  activity,
  tokens,
}: ApiServices): Handlers<'tokens.list' | 'tokens.create' | 'tokens.revoke'> {
  return {
    'tokens.list': ({ actor }) => onePage(tokens.list(actor.user.id)),
    'tokens.create': ({ actor, body }) => {
      const token = tokens.create(actor.user.id, body)
      activity.record(actor, 'token.create', `${token.id} (${token.description}, ${token.scope})`)
      return token
    },
    'tokens.revoke': ({ actor, params }) => {
      tokens.revoke(actor.user.id, params.token)
      activity.record(actor, 'token.revoke', params.token)
      return null
    },
  }
}

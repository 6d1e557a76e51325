import type { Actor } from '../people/actor.ts'
import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'
import { userView } from './users.ts'

export function boxHandlers({
  activity,
  box,
  claims,
  version,
}: ApiServices): Handlers<'box.hello' | 'box.claim' | 'box.info'> {
  return {
    'box.hello': () => ({ name: 'paas', version, claimed: claims.claimed() }),
    'box.claim': ({ body, address }) => {
      const { user, token } = claims.claim(body.secret, body.user, body.device, address)
      const actor: Actor = { user, scope: token.scope, via: 'api' }
      activity.record(actor, 'box.claim', `from ${address}`)
      return { user: userView(user), token }
    },
    'box.info': () => box(),
  }
}

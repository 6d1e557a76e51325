import { TOKEN_DAYS_DEFAULT, type User } from '../contract/user.ts'
import type { UserRecord } from '../people/actor.ts'
import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

export function userHandlers({
  activity,
  tokens,
  users,
}: ApiServices): Handlers<'users.me' | 'users.list' | 'users.create' | 'users.remove'> {
  return {
    'users.me': ({ actor }) => userView(actor.user),
    'users.list': () => onePage(users.list().map(userView)),
    'users.create': ({ actor, body }) => {
      const user = users.create(body.name, { boxOwner: false })
      const options = { description: 'first sign-in', scope: 'admin', days: TOKEN_DAYS_DEFAULT } as const
      const token = tokens.create(user.id, options)
      activity.record(actor, 'user.create', user.name)
      return { user: userView(user), token }
    },
    'users.remove': ({ actor, params }) => {
      users.remove(params.user)
      activity.record(actor, 'user.remove', params.user)
      return null
    },
  }
}

export function userView({ id, name, boxOwner, createdAt }: UserRecord): User {
  return { id, name, boxOwner, createdAt: createdAt.toISOString() }
}

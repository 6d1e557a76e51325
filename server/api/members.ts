import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

export function memberHandlers({
  access,
  activity,
}: ApiServices): Handlers<'members.list' | 'members.add' | 'members.remove'> {
  return {
    'members.list': ({ app }) => onePage(access.members(app)),
    'members.add': ({ actor, app, body }) => {
      access.setMember(app, body.user, body.role)
      activity.record(actor, 'member.add', `${body.user} as ${body.role}`, app)
      return body
    },
    'members.remove': ({ actor, app, params }) => {
      access.removeMember(app, params.user)
      activity.record(actor, 'member.remove', params.user, app)
      return null
    },
  }
}

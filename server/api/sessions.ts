import type { CurrentSession } from '../contract/session.ts'
import { PaasError } from '../errors.ts'
import type { Actor, ActorSession } from '../people/actor.ts'
import type { SignedInUser } from '../people/sign-in.ts'
import type { Call, Handlers, SignedIn } from './handler.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'
import { userView } from './users.ts'

type SessionOperation =
  | 'session.setUp'
  | 'session.signIn'
  | 'session.info'
  | 'session.confirm'
  | 'session.signOut'
  | 'sessions.list'
  | 'sessions.revoke'
  | 'password.set'

export function sessionHandlers(services: ApiServices): Handlers<SessionOperation> {
  const { activity, sessions, signIn } = services
  return {
    'session.setUp': async (call) => {
      const { body, cookie } = call
      cookie.requirePrivate()
      const from = { device: call.device, address: call.address }
      const given = await signIn.setUp(body.secret, { name: body.user, password: body.password }, from)
      return begin(given, 'box.claim', call, services)
    },
    'session.signIn': async (call) => {
      const { body, cookie } = call
      cookie.requirePrivate()
      const from = { device: call.device, address: call.address }
      const given = await signIn.signIn({ name: body.user, password: body.password }, from)
      return begin(given, 'session.sign-in', call, services)
    },
    'session.info': ({ actor }) => view(actor, sessionOf(actor)),
    'session.confirm': async ({ actor, address, body }) => {
      const { id } = sessionOf(actor)
      const confirmedUntil = await signIn.confirm(actor.user, id, body.password, address)
      return view(actor, { id, confirmedUntil })
    },
    'session.signOut': ({ actor, cookie }) => {
      sessions.end(actor.user.id, sessionOf(actor).id)
      cookie.clear()
      return null
    },
    'sessions.list': ({ actor }) =>
      onePage(sessions.list(actor.user.id).map((each) => ({ ...each, current: each.id === actor.session?.id }))),
    'sessions.revoke': ({ actor, params }) => {
      sessions.end(actor.user.id, params.session)
      activity.record(actor, 'session.revoke', params.session)
      return null
    },
    'password.set': async ({ actor, address, body }) => {
      const change = { password: body.password, current: body.current, session: actor.session?.id }
      await signIn.setPassword(actor.user, change, address)
      activity.record(actor, 'password.set', `from ${address}`)
      return null
    },
  }
}

type Began = Call<'session.setUp'> | Call<'session.signIn'>

function begin({ user, opened }: SignedInUser, action: string, call: Began, { activity, sessions }: ApiServices) {
  const actor = sessions.authenticate(opened.secret)
  if (!actor?.session) throw new Error('a session that was just opened is not valid')
  call.cookie.set(opened.secret, opened.lastsMs)
  activity.record(actor, action, `${call.device}, from ${call.address}`)
  return view({ ...actor, user }, actor.session)
}

function view({ user }: SignedIn, { id, confirmedUntil }: ActorSession): CurrentSession {
  return { user: userView(user), id, confirmedUntil: new Date(confirmedUntil).toISOString() }
}

function sessionOf({ session }: Actor): ActorSession {
  if (session) return session
  throw new PaasError('conflict', 'session.none', 'This was asked with a token, not in a browser.', {
    fix: 'Sessions belong to browsers; tokens are listed and revoked on their own.',
    command: 'paas tokens',
  })
}

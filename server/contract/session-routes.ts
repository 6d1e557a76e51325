import { z } from 'zod'
import { page } from './page.ts'
import { nothing, type Route } from './route.ts'
import { ConfirmSession, CurrentSession, Session, SetPassword, SetUp, SignIn } from './session.ts'

/** Browsers: what is answered here sets or clears a cookie. */
export const sessions = {
  'session.setUp': {
    summary: 'Become the first user in a browser, with the one-time claim secret',
    permission: 'anyone',
    body: SetUp,
    response: CurrentSession,
    status: 201,
  },
  'session.signIn': {
    summary: 'Sign a browser in',
    permission: 'anyone',
    body: SignIn,
    response: CurrentSession,
    status: 201,
  },
  'session.info': { summary: 'The session that asks', permission: 'user', response: CurrentSession },
  'session.confirm': {
    summary: 'Give the password again, which counts for 10 minutes',
    permission: 'user:own',
    body: ConfirmSession,
    response: CurrentSession,
  },
  'session.signOut': { summary: 'Sign this browser out', permission: 'user:own', response: nothing, status: 204 },

  'sessions.list': { summary: 'Browsers that one is signed in with', permission: 'user', response: page(Session) },
  'sessions.revoke': {
    summary: 'Sign a browser out',
    permission: 'user:own',
    params: z.object({ session: z.string() }),
    response: nothing,
    status: 204,
  },
  'password.set': {
    summary: 'Set one’s own password; other browsers are signed out',
    permission: 'user:own',
    body: SetPassword,
    response: nothing,
    status: 204,
    help: { fix: 'Nothing was changed.', command: 'paas password:set' },
  },
} as const satisfies Record<string, Route>

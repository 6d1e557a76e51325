import { text } from 'node:stream/consumers'
import { PaasError } from '../../errors.ts'
import type { Login, ServerAccess } from '../addon-service.ts'
import { MAKE_DATABASE } from './launch-script.ts'
import { MemcachedRefusal, memcachedSession } from './session.ts'

/** The account of the platform. */
const ADMIN = 'paas'

/** Takes the lines of this user out, and adds what comes by the input: a login, or nothing. */
const CHANGE = `set -eu
${MAKE_DATABASE}
touch logins
{ grep -v "^$1:" logins || :; cat; } >logins.new
chown --reference=. logins.new
mv logins.new logins
[ ! -f realm ] || make_database
`

/** Throws while the server does not take connections yet: it waits for its logins, which are put there beside it. */
export async function memcachedReady(access: ServerAccess, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  try {
    await asPlatform(access, (send) => send('noop'))
  } catch (error) {
    if (error instanceof MemcachedRefusal || hasNoLogins(error)) await putLogin(access, platform(access))
    throw error
  }
}

/** Speaks to the server as the platform's account. */
export async function asPlatform<T>(access: ServerAccess, work: Parameters<typeof memcachedSession<T>>[2]): Promise<T> {
  return await memcachedSession(access.endpoint, platform(access), work)
}

export async function putLogin(access: ServerAccess, { user, password }: Login): Promise<void> {
  await change(access, user, `${user}:${password}\n`)
}

export async function dropLogin(access: ServerAccess, user: string): Promise<void> {
  await change(access, user, '')
}

async function change(access: ServerAccess, user: string, line: string): Promise<void> {
  const pipe = await access.pipe(['/bin/sh', '-c', CHANGE, 'logins', user])
  pipe.stdin.on('error', () => {})
  pipe.stdin.end(line)
  const [code, said] = await Promise.all([pipe.exited, text(pipe.stderr), text(pipe.stdout)])
  if (code !== 0) throw new PaasError('failed', 'addon.accounts', `The logins were not written: ${said.trim()}.`)
}

function platform({ password }: ServerAccess): Login {
  return { user: ADMIN, password }
}

/** Nobody listens: it is starting, or waits. */
function hasNoLogins(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
}

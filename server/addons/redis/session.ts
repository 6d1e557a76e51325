import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { PaasError } from '../../errors.ts'
import type { ServerAccess } from '../addon-service.ts'
import { nextChunk } from '../next-chunk.ts'
import { decode, encode, RedisError, type Reply } from './resp.ts'

/** The account of the platform; the one called `default` is off. */
export const ADMIN = 'paas'
const ANSWER_MS = 10_000

export type Send = (...words: string[]) => Promise<Reply>

/** Speaks to the server as the platform's account; the connection is closed when `work` has ended. */
export async function redisSession<T>(access: ServerAccess, work: (send: Send) => Promise<T>): Promise<T> {
  const { host, port } = access.endpoint
  const socket = connect({ host, port })
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('the server did not answer in time')))
  try {
    await once(socket, 'connect')
    const send = conversation(socket)
    await send('AUTH', ADMIN, access.password)
    return await work(send)
  } finally {
    socket.destroy()
  }
}

/** Throws while the server does not take connections yet. It waits for its accounts: they are put there beside it. */
export async function redisReady(access: ServerAccess, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  try {
    await redisSession(access, (send) => send('PING'))
  } catch (error) {
    if (!(error instanceof RedisError)) await putAccounts(access)
    throw error
  }
}

/** Only their digests. Others may read the file, but nobody gets into its directory. */
async function putAccounts(access: ServerAccess): Promise<void> {
  const line =
    'cd "$PAAS_DATA_DIRECTORY" && { [ -f users.acl ] && cat >/dev/null || { cat >users.new && chmod 644 users.new && mv users.new users.acl; }; }'
  const pipe = await access.pipe(['/bin/sh', '-c', line])
  pipe.stdin.end(`user default off\nuser ${ADMIN} on #${digest(access.password)} ~* &* +@all\n`)
  const [code, said] = await Promise.all([pipe.exited, text(pipe.stderr), text(pipe.stdout)])
  if (code !== 0) throw new PaasError('failed', 'addon.accounts', `The accounts were not written: ${said.trim()}.`)
}

/** As Redis keeps passwords. */
export function digest(password: string): string {
  return createHash('sha256').update(password).digest('hex')
}

/** One command at a time. */
function conversation(socket: Socket): Send {
  let buffer = Buffer.alloc(0)
  return async (...words) => {
    socket.write(encode(words))
    for (;;) {
      const found = decode(buffer)
      if (!found) {
        buffer = Buffer.concat([buffer, await nextChunk(socket)])
        continue
      }
      buffer = buffer.subarray(found.end)
      if (found.reply instanceof RedisError) throw found.reply
      return found.reply
    }
  }
}

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import { takeAcceptedHandles } from '../io/accepted-handles.ts'
import { type IoChoice, isTestedNode } from '../io/choose-io.ts'
import { NOBODY } from '../io/nobody.ts'
import type { TlsHandleConnection } from '../io/tls-handle-connection.ts'
import { findTlsHandles, type LowerHandle, type TlsHandles } from '../io/tls-handles.ts'
import { stopAccepting } from '../listen.ts'
import { connect, createSecureContext } from './builtins.ts'
import { alpnList } from './handle-acceptor.ts'
import { HandleHandshake } from './handle-handshake.ts'

const LIMIT_MS = 2_000
const HTTP = alpnList(['http/1.1'])
/** More than the kernel takes at once for a reader that does not read. */
const UNREAD_BYTES = 4 * 1024 * 1024
/** Without a certificate (RFC 4492 section 5.4): nothing but this process comes here. */
const ANONYMOUS: SecureContextOptions = { ciphers: 'AECDH-AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2', ca: [] }

/**
 * Node's TLS handles, if they are wanted and do here what they did when they were tested: one request is answered, and
 * one answer broken off while it is being written. Null: sockets serve.
 */
export async function chooseTlsHandles(choice: IoChoice): Promise<TlsHandles | null> {
  if (choice === 'public' || (choice === 'auto' && !isTestedNode())) return null
  const handles = findTlsHandles()
  if (!handles) return null
  const doubt = AbortSignal.timeout(LIMIT_MS)
  try {
    await Promise.race([prove(handles), once(doubt, 'abort').then(() => Promise.reject(doubt.reason))])
    return handles
  } catch {
    return null
  }
}

async function prove(handles: TlsHandles): Promise<void> {
  const context = createSecureContext(ANONYMOUS)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const next = () =>
    new Promise<TlsHandleConnection>((resolve, reject) => {
      const terms = { handles, defaultContext: context, protocols: HTTP, limitMs: LIMIT_MS, localPort: 0 }
      const refused = () => reject(new Error('no handshake'))
      const accept = (tcp: LowerHandle) => {
        new HandleHandshake({ ...terms, find: () => Promise.resolve(context), done: resolve, refused }, tcp, () => {})
        return true
      }
      takeAcceptedHandles(server, accept)
    })
  const { port } = server.address() as AddressInfo
  try {
    await proveAnswer(next(), port)
    await proveAbort(next(), port)
  } finally {
    stopAccepting(server)
  }
}

async function proveAnswer(accepted: Promise<TlsHandleConnection>, port: number): Promise<void> {
  const visitor = visit(port)
  try {
    visitor.write('ping')
    const connection = await accepted
    const asked = new Promise<string>((resolve) => {
      connection.owner = { ...NOBODY, onData: (bytes, start, end) => resolve(bytes.toString('latin1', start, end)) }
    })
    if ((await asked) !== 'ping') throw new Error('the request did not arrive')
    connection.writeText('pong')
    connection.endAndClose()
    let answer = ''
    for await (const part of visitor) answer += part
    if (answer !== 'pong') throw new Error('the answer did not arrive')
  } finally {
    visitor.destroy()
  }
}

async function proveAbort(accepted: Promise<TlsHandleConnection>, port: number): Promise<void> {
  const visitor = visit(port).pause()
  try {
    const connection = await accepted
    const closed = new Promise<void>((resolve) => {
      connection.owner = { ...NOBODY, onClose: () => resolve() }
    })
    if (connection.write(Buffer.alloc(UNREAD_BYTES))) throw new Error('a write is said to be through at once')
    await new Promise((resolve) => setImmediate(resolve))
    connection.close()
    await closed
  } finally {
    visitor.destroy()
  }
}

function visit(port: number): TLSSocket {
  const options = { servername: 'self.test', rejectUnauthorized: false, secureContext: createSecureContext(ANONYMOUS) }
  const visitor = connect({ port, host: '127.0.0.1', ALPNProtocols: ['http/1.1'], ...options })
  return visitor.on('error', () => {})
}

import { isIPv6 } from 'node:net'
import { getSystemErrorName } from '../builtins.ts'

type Handle = { fd: number; getsockname(out: { port?: number }): number }
type CreateHandle = (address: string, port: number, family: 4 | 6, fd: number, flags: number) => Handle | number

/** Kept, since the descriptor closes with its handle. */
const bound: Handle[] = []

/**
 * A TCP socket that is bound and not listened on here: workers do, each on the same one, so that whoever waits in its
 * queue is taken by any of them. There is no public way to bind without accepting; node's own cluster module does it by
 * this call. Throws as `listen` does.
 */
export function bindSocket({ host, port }: { host: string; port: number }): number {
  const { _createServerHandle: create } = process.getBuiltinModule('node:net') as unknown as {
    _createServerHandle?: CreateHandle
  }
  if (!create) throw new Error('this Node.js cannot bind sockets for workers; set PAAS_ROUTER_WORKERS=1')
  const handle = create(host, port, isIPv6(host) ? 6 : 4, -1, 0)
  if (typeof handle === 'number') throw failure(handle, host, port)
  // An address in use is told only when one listens; until then the socket has no port.
  const name: { port?: number } = {}
  if (handle.getsockname(name) !== 0 || !name.port) throw failure(EADDRINUSE, host, port)
  bound.push(handle)
  return handle.fd
}

const EADDRINUSE = -98

function failure(number: number, host: string, port: number): Error {
  const code = getSystemErrorName(number)
  return Object.assign(new Error(`bind ${code} ${host}:${port}`), { code, port })
}

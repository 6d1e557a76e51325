import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { listenTcp, stopAccepting } from '../listen.ts'
import type { Connection } from './connection.ts'
import { PlainConnection } from './plain-connection.ts'
import { StreamConnection } from './stream-connection.ts'

/** Accepts plain connections on one address. */
export class Listener {
  readonly #server: Server

  constructor(accepted: (connection: Connection) => void) {
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) =>
      accepted(wrap(socket)),
    )
  }

  /** Resolves with the port. */
  async listen(host: string, port: number): Promise<number> {
    await listenTcp(this.#server, host, port)
    return (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    stopAccepting(this.#server)
  }
}

type WithHandle = { _handle?: { useUserBuffer?: unknown } | null }

/**
 * Takes the handle out of the socket that node made and puts it into one that reads into a shared buffer. Where node
 * should ever keep its handles elsewhere, the socket is used as it is.
 */
function wrap(socket: Socket): Connection {
  const holder = socket as unknown as WithHandle
  const handle = holder._handle
  if (typeof handle?.useUserBuffer !== 'function') return new StreamConnection(socket)
  holder._handle = null
  return new PlainConnection(handle)
}

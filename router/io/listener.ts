import { type AddressInfo, createServer, type Server } from 'node:net'
import { descriptorOf, listenTcp, type Place, stopAccepting } from '../listen.ts'
import type { Connection } from './connection.ts'
import type { Io } from './io.ts'
import { StreamConnection } from './stream-connection.ts'

/** The parts of node's handles that are used here, each only where it is there. */
type ServerHandle = {
  onconnection?: (status: number, client?: ClientHandle) => void
  setNoDelay?: (on: boolean) => void
}
type ClientHandle = { useUserBuffer?: unknown }

/** Accepts plain connections on one address. */
export class Listener {
  readonly #server: Server
  readonly #io: Io
  readonly #accepted: (connection: Connection) => void

  constructor(io: Io, accepted: (connection: Connection) => void) {
    this.#io = io
    this.#accepted = accepted
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) =>
      accepted(new StreamConnection(socket)),
    )
    // A connection that could not be accepted, for want of descriptors mostly, is no reason to stop serving the others.
    this.#server.on('error', () => {})
  }

  /** Resolves with the port. */
  async listen(place: Place): Promise<number> {
    await listenTcp(this.#server, place)
    const { port } = this.#server.address() as AddressInfo
    this.#takeHandles(port)
    return port
  }

  /** For a successor to listen on; undefined when it cannot be had. */
  get descriptor(): number | undefined {
    return descriptorOf(this.#server)
  }

  stop(): void {
    stopAccepting(this.#server)
  }

  /**
   * Takes accepted handles before node makes a socket of each, which could not read into a shared buffer. Where node
   * should ever keep its handles elsewhere, its sockets are used as they are.
   */
  #takeHandles(port: number): void {
    const handle = (this.#server as unknown as { _handle?: ServerHandle })._handle
    const make = handle?.onconnection
    if (!handle || typeof make !== 'function') return
    // Accepted sockets have it from the listening one, which saves a call for each.
    handle.setNoDelay?.(true)
    handle.onconnection = (status, client) => {
      if (status !== 0) return
      if (typeof client?.useUserBuffer !== 'function') {
        make.call(handle, status, client)
        return
      }
      this.#accepted(this.#io.accept(client, port))
    }
  }
}

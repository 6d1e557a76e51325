import { isIP, isIPv6 } from 'node:net'
import type { Connection } from './connection.ts'
import { HandleConnection } from './handle-connection.ts'
import type { Handles, TcpHandle } from './handles.ts'
import type { Io } from './io.ts'
import { PUBLIC_IO } from './public-io.ts'

/** Reads and writes on node's TCP handles, without a socket object, its streams and its events. */
export class HandleIo implements Io {
  readonly name = 'handles'
  readonly #handles: Handles

  constructor(handles: Handles) {
    this.#handles = handles
  }

  accept(handle: unknown, localPort: number): Connection {
    return new HandleConnection(this.#handles, handle as TcpHandle, localPort)
  }

  dial(host: string, port: number, connected: () => void): Connection {
    // A name has to be looked up first, which node's sockets know how to do.
    if (isIP(host) === 0) return PUBLIC_IO.dial(host, port, connected)
    const { TCP, SOCKET, ConnectRequest } = this.#handles
    const handle = new TCP(SOCKET)
    const connection = new HandleConnection(this.#handles, handle, 0)
    handle.setNoDelay(true)
    const request = new ConnectRequest()
    request.oncomplete = (status) => connection.connected(status, connected)
    const error = isIPv6(host) ? handle.connect6(request, host, port) : handle.connect(request, host, port)
    if (error !== 0) connection.fail(error)
    return connection
  }
}

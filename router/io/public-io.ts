import type { Io } from './io.ts'
import { PlainConnection } from './plain-connection.ts'

/** Over node's own sockets. */
export const PUBLIC_IO: Io = {
  name: 'public',
  accept: (handle) => new PlainConnection(handle),
  dial: (host, port, connected) => PlainConnection.dial(host, port, connected),
}

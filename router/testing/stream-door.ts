import { type AddressInfo, createServer } from 'node:net'
import type { DataPlane } from '../http1/data-plane.ts'
import { StreamConnection, type StreamTraits } from '../io/stream-connection.ts'

export type StreamDoor = AsyncDisposable & { port: number }

/** A second way into a data plane: over node's streams, as connections after a TLS handshake come, and with its traits. */
export async function openStreamDoor(plane: DataPlane, traits: StreamTraits = {}): Promise<StreamDoor> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
    plane.accept(new StreamConnection(socket, traits)),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

import type { Server } from 'node:net'
import type { LowerHandle } from './tls-handles.ts'

/** The part of a listening handle that is used here, if it is there. */
type ServerHandle = {
  onconnection?: (status: number, client?: LowerHandle) => void
  setNoDelay?: (on: boolean) => void
}

/**
 * Gives the connections that a listening server accepts to `take` before node makes sockets of them; those that it
 * does not take (false) go the usual way. Where node should ever keep its handles elsewhere, all do.
 */
export function takeAcceptedHandles(server: Server, take: (client: LowerHandle) => boolean): void {
  const handle = (server as unknown as { _handle?: ServerHandle })._handle
  const make = handle?.onconnection
  if (!handle || typeof make !== 'function') return
  // Accepted sockets have it from the listening one, which saves a call for each.
  handle.setNoDelay?.(true)
  handle.onconnection = (status, client) => {
    if (status === 0 && client && take(client)) return
    make.call(handle, status, client)
  }
}

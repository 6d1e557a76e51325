import type { Socket } from 'node:net'
import { readProxyHeader } from '../io/proxy-header.ts'

/**
 * Reads the PROXY protocol header of a connection, puts back what follows it, and tells the client's address; null: the
 * peer speaks for itself. A connection without a header within `limitMs`, or with something else, is closed.
 */
export function readGreeting(socket: Socket, limitMs: number, told: (address: string | null) => void): void {
  let bytes: Buffer = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), limitMs)
  const drop = () => clearTimeout(timer)
  const read = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    const header = readProxyHeader(bytes)
    if (header === 'more') return
    if (header === null) {
      socket.destroy()
      return
    }
    drop()
    socket.off('data', read).off('error', drop).off('close', drop).pause()
    if (bytes.length > header.after) socket.unshift(bytes.subarray(header.after))
    told(header.address)
  }
  socket.on('data', read).on('error', drop).on('close', drop)
}

import type { Duplex } from 'node:stream'
import { STATUS_CODES } from '../builtins.ts'
import type { Page } from '../error-pages.ts'

/** An answer's head as text, for sockets that node's server has let go of. */
export function headText(status: number, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`]
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

export function sendRawPage(socket: Duplex, page: Page): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const headers = [
    ...['Content-Type', page.type],
    ...['Content-Length', String(Buffer.byteLength(page.body))],
    ...['Cache-Control', 'no-store'],
    ...['Connection', 'close'],
  ]
  socket.end(headText(page.status, headers) + page.body, () => socket.destroy())
}

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

const STATUS = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' } as const

/** Offered beside the protocol, because a browser can send no header of its own. */
export function offeredTicket(request: IncomingMessage, protocol: string, prefix: string): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
  if (!offered.includes(protocol)) return undefined
  return offered.find((each) => each.startsWith(prefix))?.slice(prefix.length)
}

export function refuseUpgrade(stream: Duplex, status: keyof typeof STATUS): void {
  stream.end(`HTTP/1.1 ${status} ${STATUS[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

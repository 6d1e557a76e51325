import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from '../builtins.ts'
import type { Page } from '../error-pages.ts'

/** A client that is still sending gets this long to finish, so that it reads our answer instead of a reset. */
const LINGER_MS = 1_000

export function sendPage(incoming: IncomingMessage, response: ServerResponse, page: Page, requestId: string): void {
  const body = Buffer.from(page.body)
  if (owesBody(incoming)) response.shouldKeepAlive = false
  // The reason is given because an attempt to pass on an app's may have left its own, unsendable, behind.
  response.writeHead(page.status, STATUS_CODES[page.status] ?? '', [
    ...['Content-Type', page.type],
    ...['Content-Length', String(body.length)],
    ...['Cache-Control', 'no-store'],
    ...['X-Request-Id', requestId],
  ])
  if (incoming.method !== 'HEAD') response.write(body)
  endResponse(incoming, response)
}

/** Ends the response, after a while of swallowing what the client still sends. */
export function endResponse(incoming: IncomingMessage, response: ServerResponse): void {
  if (!owesBody(incoming)) {
    response.end()
    return
  }
  const end = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, LINGER_MS)
  incoming.once('end', end)
  incoming.once('close', end)
  incoming.resume()
}

/** The client has announced a body and not sent all of it. */
export function owesBody(incoming: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers
  return !incoming.complete && (encoding !== undefined || (length !== undefined && length !== '0'))
}

import { STATUS_CODES } from '../builtins.ts'
import type { Page } from '../error-pages.ts'

/** The router's own answer as latin1 text, head and body. */
export function pageText(
  page: Page,
  requestId: string,
  { close, headOnly, date }: { close: boolean; headOnly: boolean; date: string },
): string {
  const body = Buffer.from(page.body)
  return (
    `HTTP/1.1 ${page.status} ${STATUS_CODES[page.status] ?? ''}\r\n` +
    `Content-Type: ${page.type}\r\nContent-Length: ${body.length}\r\nCache-Control: no-store\r\n` +
    `X-Request-Id: ${requestId}\r\n${date}${close ? 'Connection: close\r\n' : ''}\r\n` +
    (headOnly ? '' : body.toString('latin1'))
  )
}

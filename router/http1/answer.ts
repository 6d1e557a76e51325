import { STATUS_CODES } from '../builtins.ts'
import type { Page } from '../error-pages.ts'
import type { OwnAnswer } from '../own-answers.ts'

export type Answering = { close: boolean; headOnly: boolean; date: string }

/** The router's own answer as latin1 text, head and body. `lines`: header lines that belong to it. */
export function pageText(page: Page, requestId: string, { close, headOnly, date }: Answering, lines = ''): string {
  const body = Buffer.from(page.body)
  return (
    `HTTP/1.1 ${page.status} ${STATUS_CODES[page.status] ?? ''}\r\n` +
    `Content-Type: ${page.type}\r\nContent-Length: ${body.length}\r\nCache-Control: no-store\r\n` +
    `X-Request-Id: ${requestId}\r\n${lines}${date}${close ? 'Connection: close\r\n' : ''}\r\n` +
    (headOnly ? '' : body.toString('latin1'))
  )
}

/** The same for what is no page: a proof, a redirect. */
export function ownText({ status, headers, body }: OwnAnswer, { close, headOnly, date }: Answering): string {
  let lines = ''
  for (let at = 0; at < headers.length; at += 2) lines += `${headers[at]}: ${headers[at + 1]}\r\n`
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}Content-Length: ${body.length}\r\n` +
    `${date}${close ? 'Connection: close\r\n' : ''}\r\n${headOnly ? '' : body}`
  )
}

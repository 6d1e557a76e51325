import { latin1 } from '../io/latin1.ts'
import { FIELD } from './field-names.ts'
import type { RequestHead } from './request-head.ts'

const VIA = '1.1 router'

/** `chain`: the client's address and, after it, those of trusted proxies. */
export type Visitor = { address: string; chain: string; protocol: 'http' | 'https'; port: number }

/** Whether a request's field of this kind passes as it is. */
const PASSES = new Uint8Array(32)
for (const kind of [FIELD.other, FIELD.host, FIELD.expect, FIELD.accept, FIELD.date, FIELD.link, FIELD.headOnly]) {
  PASSES[kind] = 1
}

/** What the router says about a client and the host it asked for. */
export function visitorLines({ chain, protocol, port }: Visitor, authority: string): string {
  return (
    `X-Forwarded-For: ${chain}\r\nX-Forwarded-Proto: ${protocol}\r\nX-Forwarded-Port: ${port}\r\n` +
    `X-Forwarded-Host: ${authority}\r\nVia: ${VIA}\r\n`
  )
}

/**
 * The fields for the app: the client's lines byte for byte, without those of one hop, those that only the router may say
 * and those about framing. They stand behind `line`, or, where that is empty, behind the client's own request line.
 */
export function passingText(head: RequestHead, bytes: Buffer, line: string): string {
  const { fields } = head
  let text = line
  let from = line === '' ? head.start : head.lineEnd
  for (let index = 0; index < fields.count; index++) {
    if (PASSES[fields.kind[index] as number] === 1 && !head.options.names(fields, bytes, index)) continue
    const at = fields.start[index] as number
    if (at > from) text += latin1(bytes, from, at)
    from = fields.end[index] as number
  }
  const last = fields.end[fields.count - 1] as number
  if (last > from) text += latin1(bytes, from, last)
  return text
}

/** Unambiguous framing for the app. */
export function framingLines(head: RequestHead, method: string, bytes: Buffer): string {
  const trailers = head.acceptsTrailers ? 'TE: trailers\r\n' : ''
  if (head.upgrade >= 0)
    return `${trailers}Connection: Upgrade\r\nUpgrade: ${head.fields.text(bytes, head.upgrade)}\r\n`
  if (head.chunked) return `${trailers}Transfer-Encoding: chunked\r\n`
  if (head.contentLength >= 0) return `${trailers}Content-Length: ${head.contentLength}\r\n`
  return expectsNoBody(method) ? trailers : `${trailers}Content-Length: 0\r\n`
}

function expectsNoBody(method: string): boolean {
  if (method === 'GET' || method === 'HEAD') return true
  return method === 'DELETE' || method === 'OPTIONS' || method === 'TRACE'
}

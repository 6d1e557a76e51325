import { latin1 } from '../io/latin1.ts'
import { FIELD } from './field-names.ts'
import type { ResponseHead } from './response-head.ts'

/** How the message goes on to the client. */
export type Passage = {
  /** With chunks, the app's own or ours; else whatever the app announced. */
  chunked: boolean
  close: boolean
  keepTrailers: boolean
  /** The protocol after a 101. */
  upgrade: boolean
  /** Header lines of the router's own. */
  lines: string
  /** Where the body lies behind the head, if what is there of it may pass together with the head; -1: it may not. */
  bodyFrom: number
}

/**
 * The head for the client: the app's lines byte for byte, without those of one hop, with our framing and date. Where
 * `bodyFrom` allows it and nothing of ours is to be added, the head is edited where it lies, `bodyFrom` moves to its
 * begin, and there is no text: head and body leave as one piece.
 */
export function responseText(head: ResponseHead, bytes: Buffer, passage: Passage, date: string): string {
  const { fields } = head
  const asItIs = head.minor === 1 && head.hasDate && !passage.chunked && !passage.close && passage.lines === ''
  if (asItIs && passage.bodyFrom >= 0) {
    passage.bodyFrom = editInPlace(head, bytes, passage)
    return ''
  }
  let text = ''
  let from = head.start
  if (head.minor === 0) {
    text = `HTTP/1.1 ${bytes.toString('latin1', head.statusStart, head.statusEnd)}\r\n`
    from = head.statusEnd + 2
  }
  for (let index = 0; index < fields.count; index++) {
    if (stays(head, bytes, index, passage)) continue
    const at = fields.start[index] as number
    if (at > from) text += latin1(bytes, from, at)
    from = fields.end[index] as number
  }
  const last = fields.count === 0 ? head.statusEnd + 2 : (fields.end[fields.count - 1] as number)
  if (last > from) text += latin1(bytes, from, last)
  if (passage.chunked) text += 'Transfer-Encoding: chunked\r\n'
  if (!head.hasDate) text += date
  text += passage.lines
  if (passage.upgrade) return `${text}Connection: Upgrade\r\nUpgrade: ${fields.text(bytes, head.upgrade)}\r\n\r\n`
  return text + (passage.close ? 'Connection: close\r\n\r\n' : '\r\n')
}

/** Moves what stands before a line of one hop to its end, so that the head begins later. Returns where. */
function editInPlace(head: ResponseHead, bytes: Buffer, passage: Passage): number {
  const { fields } = head
  let from = head.start
  for (let index = 0; index < fields.count; index++) {
    if (stays(head, bytes, index, passage)) continue
    const at = fields.start[index] as number
    // Lines that go together are passed over together.
    while (index + 1 < fields.count && !stays(head, bytes, index + 1, passage)) index++
    const size = (fields.end[index] as number) - at
    bytes.copyWithin(from + size, from, at)
    from += size
  }
  return from
}

function stays({ fields, options }: ResponseHead, bytes: Buffer, index: number, passage: Passage): boolean {
  return passes(fields.kind[index] as number, passage) && !options.names(fields, bytes, index)
}

/** 103 Early Hints (RFC 8297): its links, and nothing else; no other interim response is the client's business. */
export function hintsText(head: ResponseHead, bytes: Buffer): string {
  const { fields } = head
  let links = ''
  for (let index = 0; index < fields.count; index++) {
    if (fields.kind[index] === FIELD.link) links += bytes.toString('latin1', fields.start[index], fields.end[index])
  }
  return links === '' ? '' : `HTTP/1.1 103 Early Hints\r\n${links}\r\n`
}

function passes(kind: number, passage: Passage): boolean {
  switch (kind) {
    case FIELD.connection:
    case FIELD.hop:
    case FIELD.transferEncoding:
    case FIELD.te:
    case FIELD.upgrade:
      return false
    case FIELD.trailer:
      return passage.keepTrailers
  }
  return true
}

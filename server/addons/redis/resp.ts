/** RESP, version 2, as a server answers: the serialisation protocol of Redis. */
export type Reply = string | number | null | Reply[] | RedisError

/** What the server refused. */
export class RedisError extends Error {}

const CRLF = '\r\n'

/** A command as an array of bulk strings. */
export function encode(words: string[]): string {
  return [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join(CRLF)
}

/** The reply at this offset and where the next one begins; undefined: it has not all arrived. */
export function decode(buffer: Buffer, at = 0): { reply: Reply; end: number } | undefined {
  const lineEnd = buffer.indexOf(CRLF, at)
  if (lineEnd < 0) return undefined
  const text = buffer.toString('utf8', at + 1, lineEnd)
  const end = lineEnd + CRLF.length
  switch (String.fromCharCode(buffer[at] ?? 0)) {
    case '+':
      return { reply: text, end }
    case '-':
      return { reply: new RedisError(text), end }
    case ':':
      return { reply: Number(text), end }
    case '$':
      return bulk(buffer, Number(text), end)
    case '*':
      return array(buffer, Number(text), end)
    default:
      throw new RedisError('the server does not speak RESP')
  }
}

function bulk(buffer: Buffer, length: number, at: number): { reply: Reply; end: number } | undefined {
  if (length < 0) return { reply: null, end: at }
  const end = at + length + CRLF.length
  return buffer.length < end ? undefined : { reply: buffer.toString('utf8', at, at + length), end }
}

function array(buffer: Buffer, length: number, at: number): { reply: Reply; end: number } | undefined {
  if (length < 0) return { reply: null, end: at }
  const replies: Reply[] = []
  let end = at
  for (let n = 0; n < length; n++) {
    const next = decode(buffer, end)
    if (!next) return undefined
    replies.push(next.reply)
    end = next.end
  }
  return { reply: replies, end }
}

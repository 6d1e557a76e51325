import { Readable } from 'node:stream'

/** The first bytes of a stream, fewer only where it has fewer, and all of it once more. */
export async function peeked(from: Readable, bytes: number): Promise<{ head: Buffer; all: Readable }> {
  const chunks: Buffer[] = []
  const iterator = from[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  for (let read = 0; read < bytes; ) {
    const { done, value } = await iterator.next()
    if (done) break
    chunks.push(Buffer.from(value))
    read += value.length
  }
  const head = Buffer.concat(chunks)
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (head.length > 0) yield head
      for (let step = await iterator.next(); !step.done; step = await iterator.next()) yield step.value
    } finally {
      from.destroy()
    }
  }
  return { head, all: Readable.from(all(), { objectMode: false }) }
}

/** Leaves a line break in place of each `text`, also where it is cut in two. */
export async function* withoutText(source: AsyncIterable<Uint8Array>, text: string): AsyncGenerator<Buffer> {
  const marker = Buffer.from(text)
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk])
    for (let at = held.indexOf(marker); at !== -1; at = held.indexOf(marker)) {
      yield Buffer.concat([held.subarray(0, at), Buffer.from('\n')])
      held = held.subarray(at + marker.length)
    }
    const whole = Math.max(0, held.length - marker.length + 1)
    if (whole > 0) yield held.subarray(0, whole)
    held = held.subarray(whole)
  }
  if (held.length > 0) yield held
}

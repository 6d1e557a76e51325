/** Output of a container without a terminal: an 8-byte head (stream, three zeros, length), then that many bytes. */
export type Frame = { stream: 'stdout' | 'stderr'; payload: Buffer }

const HEAD_BYTES = 8
const STDERR = 2

export async function* frames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let held: Buffer[] = []
  let heldBytes = 0
  let wanted = HEAD_BYTES
  for await (const chunk of chunks) {
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes < wanted) continue
    let rest = held.length === 1 ? chunk : Buffer.concat(held)
    for (wanted = nextSize(rest); rest.length >= wanted; wanted = nextSize(rest)) {
      yield { stream: rest[0] === STDERR ? 'stderr' : 'stdout', payload: rest.subarray(HEAD_BYTES, wanted) }
      rest = rest.subarray(wanted)
    }
    held = [rest]
    heldBytes = rest.length
  }
}

/** Of the frame that begins here, head included; of the head alone while that is not complete. */
function nextSize(bytes: Buffer): number {
  return bytes.length < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + bytes.readUInt32BE(4)
}

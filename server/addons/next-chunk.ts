import { once } from 'node:events'
import type { Socket } from 'node:net'

const ANSWER_MS = 10_000

/** What comes next from a server that was asked something. Rejects when it closes the connection, or is silent for 10 s. */
export async function nextChunk(socket: Socket): Promise<Buffer> {
  const closing = new AbortController()
  const closed = () => closing.abort(new Error('the server closed the connection'))
  socket.once('close', closed)
  if (socket.closed) closed()
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), closing.signal])
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer]
    return chunk
  } finally {
    socket.off('close', closed)
  }
}

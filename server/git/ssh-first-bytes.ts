import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** More than a client's version line has (RFC 4253, section 4.2: OpenSSH sends about 40), less than any key exchange. */
const VERSION_LINE_BYTES = 255
const HOLD_MS = 30
const LOOK_EVERY_MS = 1

/**
 * Holds the client's version line back until its key exchange message has come, too, so that our own goes out after it
 * and carries the acknowledgement. Otherwise we have nothing to send when it comes, the kernel waits 40 ms with the
 * acknowledgement, and OpenSSH, whose small writes follow Nagle's algorithm until it is signed in, waits for it. A client
 * that speaks second loses HOLD_MS at most.
 */
export async function holdFirstBytes(socket: Socket): Promise<void> {
  // ssh2 itself pauses a new socket, and resumes it in a microtask that is queued by now.
  await undefined
  // Of the first connection of all it does so later. What arrives at a socket that flows and has no reader yet is lost.
  while (socket.listenerCount('data') === 0 && !socket.destroyed) await delay(LOOK_EVERY_MS)
  socket.pause()
  for (let held = 0; held < HOLD_MS && socket.bytesRead <= VERSION_LINE_BYTES; held += LOOK_EVERY_MS) {
    await delay(LOOK_EVERY_MS)
  }
  socket.resume()
}

import type { WebSocket } from 'ws'

const PING_MS = 20_000

/** Asks the other end every 20 s whether it is there; one that has not answered the question before is cut off. */
export function heartbeat(socket: WebSocket): Disposable {
  let alive = true
  socket.on('pong', () => {
    alive = true
  })
  const timer = setInterval(() => {
    if (alive) socket.ping()
    else socket.terminate()
    alive = false
  }, PING_MS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

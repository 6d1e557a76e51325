import { codeOf } from '../log.ts'
import type { Connection, ConnectionOwner } from './connection.ts'
import type { Io } from './io.ts'
import { Listener } from './listener.ts'

const LIMIT_MS = 2_000
/** More than the kernel's buffers of a loopback connection hold. */
const PERIOD = 'abcdefg'
const PIECE = Buffer.alloc(PERIOD.length * 64 * 1024, PERIOD)
const PIECES = 12
const PAUSE_MS = 5

/** Talks to itself over the loopback: long writes to a slow reader, an end, a reset, a refusal. Returns what went wrong. */
export async function selfTest(io: Io): Promise<string | null> {
  const talk = new SelfTalk(io)
  const limit = setTimeout(() => talk.settle('it took too long'), LIMIT_MS)
  try {
    return await talk.run()
  } catch (error) {
    return codeOf(error) || 'it could not listen'
  } finally {
    clearTimeout(limit)
  }
}

class SelfTalk {
  readonly #io: Io
  readonly #connections: Connection[] = []
  readonly #outcome = Promise.withResolvers<string | null>()
  #port = 0

  constructor(io: Io) {
    this.#io = io
  }

  async run(): Promise<string | null> {
    const listener = new Listener(this.#io, (connection) => this.#serve(connection))
    this.#port = await listener.listen({ host: '127.0.0.1', port: 0 })
    this.#ask()
    const outcome = await this.#outcome.promise
    listener.stop()
    for (const connection of this.#connections) connection.close()
    return outcome === null ? this.#refused() : outcome
  }

  settle(outcome: string | null): void {
    this.#outcome.resolve(outcome)
  }

  /** Sends the pieces one after the other, each as soon as the one before is through, then ends. */
  #serve(connection: Connection): void {
    this.#connections.push(connection)
    let left = PIECES
    let begun = false
    const send = () => {
      while (left > 0) {
        left -= 1
        if (!connection.write(PIECE)) return
      }
      connection.end()
    }
    connection.owner = owner({
      onData: () => {
        begun = true
        send()
      },
      onDrain: send,
      onClose: (error) => {
        if (!begun) this.settle(codeOf(error) === 'ECONNRESET' ? null : 'a reset went unnoticed')
      },
    })
    connection.resume()
  }

  #ask(): void {
    let received = 0
    const connection = this.#io.dial('127.0.0.1', this.#port, () => connection.writeText('go'))
    this.#connections.push(connection)
    connection.owner = owner({
      onData: (bytes, start, end) => {
        const at = received % PERIOD.length
        if (PIECE.compare(bytes, start, end, at, at + end - start) !== 0) this.settle('bytes were changed')
        if (received === 0) {
          connection.pause()
          setTimeout(() => connection.resume(), PAUSE_MS)
        }
        received += end - start
      },
      onEnd: () => {
        if (received === PIECES * PIECE.length) this.#reset()
        else this.settle('bytes were lost')
      },
      onClose: () => this.settle('a connection was lost'),
    })
  }

  #reset(): void {
    const connection = this.#io.dial('127.0.0.1', this.#port, () => setTimeout(() => connection.reset(), PAUSE_MS))
    this.#connections.push(connection)
  }

  /** Nobody listens any more. */
  #refused(): Promise<string | null> {
    const { promise, resolve } = Promise.withResolvers<string | null>()
    const connection = this.#io.dial('127.0.0.1', this.#port, () => connection.close())
    connection.owner = owner({
      onClose: (error) => resolve(codeOf(error) === 'ECONNREFUSED' ? null : 'a refusal went unnoticed'),
    })
    return promise
  }
}

function owner(parts: Partial<ConnectionOwner>): ConnectionOwner {
  return { onData: () => {}, onEnd: () => {}, onDrain: () => {}, onClose: () => {}, ...parts }
}

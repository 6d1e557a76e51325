import type { Budget } from './budget.ts'
import type { Carrier } from './carrier.ts'
import type { Code } from './frames.ts'
import type { Streams } from './streams.ts'
import type { VirtualConnection } from './virtual-connection.ts'

/** What those who read a connection's frames need of it. */
export interface Host extends Carrier {
  readonly streams: Streams
  readonly budget: Budget
  /** False: what still comes is of no interest. */
  readonly open: boolean
  /** A connection error (RFC 9113 section 5.4.1). */
  fail(code: Code): void
  /** A stream error (section 5.4.2) that the peer is to blame for. */
  resetStream(id: number, code: Code): void
  /** The peer has abandoned a stream. */
  abandon(stream: VirtualConnection): void
  /** A frame that carries nothing: too many of them end the connection. */
  idleFrame(): void
  /** Whether what still comes of a stream that is over is to be ignored. */
  wasReset(id: number): boolean
  /** The highest stream that the peer has begun. */
  readonly lastId: number
  /** The peer begins a stream. False: it comes too late. */
  begins(id: number): boolean
  /** The window of the connection has grown. */
  widen(bytes: number): void
  settingsAcked(): void
  /** The peer sends no more requests. */
  finish(): void
}

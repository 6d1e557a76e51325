import type { Encoder } from './encoder.ts'
import type { Code } from './frames.ts'
import type { Output } from './output.ts'

/** A stream, as the connection that carries it has to know it. */
export interface Carried {
  /** 0: it is over. */
  readonly id: number
  /** There may be room for what it has to send. */
  pump(): void
  /** What it asked for is to be done now. */
  turn(): void
}

/** What a stream asks of the connection that carries it. */
export interface Carrier {
  readonly output: Output
  readonly encoder: Encoder
  /** Bytes of DATA that the peer takes on all streams together. */
  readonly sendWindow: number
  /** Frames were put into the output, with so many bytes of DATA. */
  wrote(bytes: number): void
  /** `stream.turn()` is to be called when this turn of the loop ends. */
  wake(stream: Carried): void
  /** The stream has more to send than there is room for: `stream.pump()` when there is. */
  waits(stream: Carried): void
  /** So many bytes of the stream's body have been taken. */
  consumed(stream: Carried, bytes: number): void
  /** The whole answer has been put into the output. */
  answered(stream: Carried): void
  /** Nothing more comes of the stream's answer. */
  broken(stream: Carried, code: Code): void
}

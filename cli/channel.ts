import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import type { Config } from './config.ts'
import { printable } from './printable.ts'

export type Style = Parameters<typeof styleText>[0]
export type Sink = Writable & { isTTY?: boolean; columns?: number }

/** One of the two ways out: stdout carries data, stderr carries everything said about it. */
export class Channel {
  readonly isTTY: boolean
  readonly #sink: Sink
  readonly #colored: boolean

  constructor(sink: Sink, color: Config['color']) {
    this.#sink = sink
    this.isTTY = sink.isTTY === true
    this.#colored = color === 'always' || (color === 'auto' && this.isTTY)
  }

  get columns(): number {
    return this.#sink.columns ?? 80
  }

  get colored(): boolean {
    return this.#colored
  }

  style(format: Style, text: string): string {
    return this.#colored ? styleText(format, text, { validateStream: false }) : text
  }

  /** On a terminal, whatever could move the cursor or talk to the terminal is taken out of `text`. */
  line(text = ''): void {
    this.#sink.write(`${this.isTTY ? printable(text) : text}\n`)
  }

  /** As it is: for text of our own that may move the cursor, and for the bytes of a run. */
  write(text: string | Uint8Array): boolean {
    return this.#sink.write(text)
  }

  onDrain(listener: () => void): void {
    this.#sink.once('drain', listener)
  }
}

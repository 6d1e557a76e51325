import { EventEmitter, on } from 'node:events'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasErrorCode } from '../errors.ts'

export type OutputLine = { n: number; text: string }

/** What a push printed, line by line: kept in a file beside the build's source, and followed live by any number of readers. */
export class BuildOutputs {
  readonly #directory: string
  readonly #live = new Map<string, LiveOutput>()

  constructor(directory: string) {
    this.#directory = directory
  }

  open(buildId: string): LiveOutput {
    const output = new LiveOutput(this.#file(buildId), () => this.#live.delete(buildId))
    this.#live.set(buildId, output)
    return output
  }

  async *read(buildId: string, signal: AbortSignal): AsyncGenerator<OutputLine> {
    const live = this.#live.get(buildId)
    if (live) return yield* live.follow(signal)
    const text = await readFile(this.#file(buildId), 'utf8').catch((error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return ''
      throw error
    })
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    for (const [index, line] of lines.entries()) yield { n: index + 1, text: line }
  }

  #file(buildId: string): string {
    return join(this.#directory, buildId, 'output.log')
  }
}

/** The lines stay in memory while the build runs: a few hundred as a rule, and never more than this. */
const MAX_LINES = 50_000
const MAX_CHARACTERS = 8 * 1024 * 1024
const CUT = ' !     The output is longer than the box keeps; the rest of it is not kept.'

export class LiveOutput {
  readonly #file: string
  readonly #closed: () => void
  readonly #lines: string[] = []
  readonly #news = new EventEmitter().setMaxListeners(0)
  #writing: Promise<void> = Promise.resolve()
  #unwritten: string[] = []
  #characters = 0
  #full = false
  #ended = false

  constructor(file: string, closed: () => void) {
    this.#file = file
    this.#closed = closed
  }

  push(text: string): void {
    if (this.#ended || this.#full) return
    this.#characters += text.length
    this.#full = this.#lines.length >= MAX_LINES || this.#characters > MAX_CHARACTERS
    this.#add(this.#full ? CUT : text)
  }

  #add(text: string): void {
    this.#lines.push(text)
    this.#unwritten.push(text)
    if (this.#unwritten.length === 1) this.#writing = this.#writing.then(() => this.#write())
    this.#news.emit('line')
  }

  async end(): Promise<void> {
    this.#ended = true
    this.#news.emit('line')
    await this.#writing
    this.#closed()
  }

  async *follow(signal: AbortSignal): AsyncGenerator<OutputLine> {
    const news = on(this.#news, 'line', { signal })
    try {
      for (let next = 0; ; ) {
        while (next < this.#lines.length) yield { n: next + 1, text: this.#lines[next++] as string }
        if (this.#ended) return
        await news.next()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      await news.return?.()
    }
  }

  /** A disk that is full loses the copy, not the deploy. */
  async #write(): Promise<void> {
    const text = `${this.#unwritten.join('\n')}\n`
    this.#unwritten = []
    try {
      await mkdir(dirname(this.#file), { recursive: true })
      await appendFile(this.#file, text)
    } catch {}
  }
}

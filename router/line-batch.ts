/** A batch is handed on when it is this long, or when its first line has waited this long. */
export const BATCH_CHARS = 65_536
export const BATCH_MS = 200

/** Whoever takes the lines of requests, here or in another process. */
export interface LineSink {
  /** False: nobody reads them, so that none need be made. */
  readonly wanted: boolean
  /** One event as JSON, with its line end. */
  append(line: string): void
}

/** Gathers lines, so that many of them cost one write. Their order stays. */
export class LineBatch {
  readonly #take: (lines: string, count: number) => void
  /** Joined at once: to add each to one text would cost a third more. */
  #lines: string[] = []
  #chars = 0
  #timer: NodeJS.Timeout | null = null

  constructor(take: (lines: string, count: number) => void) {
    this.#take = take
  }

  append(line: string): void {
    this.#lines.push(line)
    this.#chars += line.length
    if (this.#chars >= BATCH_CHARS) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), BATCH_MS).unref()
  }

  /** Hands on what is there. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const lines = this.#lines
    if (lines.length === 0) return
    this.#lines = []
    this.#chars = 0
    this.#take(lines.join(''), lines.length)
  }
}

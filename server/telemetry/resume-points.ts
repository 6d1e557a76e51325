import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../errors.ts'

const WRITE_EVERY_MS = 1_000
/** One-offs are in no list: theirs are kept this long after their last line. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000

/** Up to which time each instance's output was taken. After a crash at most a second of it is taken twice, never lost. */
export class ResumePoints {
  readonly #file: string
  readonly #beforeWrite: () => Promise<void>
  readonly #failed: (reason: string) => void
  readonly #times: Map<string, number>
  #timer: NodeJS.Timeout | undefined

  /** `beforeWrite` makes the lines themselves safe: a point must never be ahead of them. */
  constructor(directory: string, beforeWrite: () => Promise<void>, failed: (reason: string) => void) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    this.#file = join(directory, 'log-positions.json')
    this.#beforeWrite = beforeWrite
    this.#failed = failed
    this.#times = readTimes(this.#file)
  }

  get(id: string): Date | undefined {
    const time = this.#times.get(id)
    return time === undefined ? undefined : new Date(time)
  }

  set(id: string, time: Date): void {
    this.#times.set(id, time.getTime())
    this.#schedule()
  }

  forget(id: string): void {
    if (this.#times.delete(id)) this.#schedule()
  }

  /** Drops those of instances that went away while nobody looked. */
  prune(present: Set<string>): void {
    const limit = Date.now() - FORGOTTEN_AFTER_MS
    for (const [id, time] of this.#times) if (!present.has(id) && time < limit) this.forget(id)
  }

  /** Never throws: on a full disk the old file stays whole, and the next line tries again. */
  async write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const text = JSON.stringify(Object.fromEntries(this.#times))
    await this.#beforeWrite()
    try {
      writeFileSync(`${this.#file}.tmp`, text, { mode: 0o600 })
      renameSync(`${this.#file}.tmp`, this.#file)
    } catch (error) {
      this.#failed(messageOf(error))
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.write(), WRITE_EVERY_MS).unref()
  }
}

function readTimes(file: string): Map<string, number> {
  try {
    const times: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const entries = Object.entries(typeof times === 'object' && times !== null ? times : {})
    return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
  } catch {
    return new Map()
  }
}

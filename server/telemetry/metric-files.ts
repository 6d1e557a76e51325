import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeRow, encodeRow } from './metric-line.ts'
import type { MetricRow } from './metric-row.ts'

/** A file holds this part of what is kept: so much more than promised is on disk at most. */
const FILES_KEPT = 8

export type Resolution = { stepSeconds: number; keptSeconds: number }

/** The rows of one resolution, for each app a few files that are named after the time they begin: the oldest go first. */
export class MetricFiles {
  readonly #root: string
  readonly #prefix: string
  readonly #fileMs: number
  readonly #keptMs: number

  constructor(root: string, { stepSeconds, keptSeconds }: Resolution) {
    this.#root = root
    this.#prefix = `${stepSeconds}s-`
    this.#keptMs = keptSeconds * 1_000
    this.#fileMs = this.#keptMs / FILES_KEPT
  }

  /** Not synced: what a power cut takes are the last few seconds. */
  async append(appId: string, row: MetricRow): Promise<void> {
    const start = this.#startOf(row.at)
    const directory = join(this.#root, appId)
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await appendFile(this.#file(directory, start), encodeRow(row), { mode: 0o600 })
  }

  /** Oldest first, of the times that end after `from` and not after `until` (ms since 1970). */
  async read(appId: string, from: number, until: number): Promise<MetricRow[]> {
    const directory = join(this.#root, appId)
    const starts = (await this.#starts(directory)).filter((at) => at + this.#fileMs > from && at <= until)
    const texts = await Promise.all(starts.map((start) => readFile(this.#file(directory, start), 'utf8')))
    const rows = texts.flatMap((text) => text.split('\n').flatMap((line) => decodeRow(line) ?? []))
    return rows.filter(({ at }) => at > from && at <= until)
  }

  /** Forgets what is older than promised. */
  async prune(appId: string, now: number): Promise<void> {
    const directory = join(this.#root, appId)
    const old = (await this.#starts(directory)).filter((start) => start + this.#fileMs < now - this.#keptMs)
    for (const start of old) await rm(this.#file(directory, start), { force: true })
  }

  #startOf(at: number): number {
    return Math.floor(at / this.#fileMs) * this.#fileMs
  }

  #file(directory: string, start: number): string {
    return join(directory, `${this.#prefix}${start}.ndjson`)
  }

  async #starts(directory: string): Promise<number[]> {
    const names = await readdir(directory).catch(() => [])
    return names
      .filter((name) => name.startsWith(this.#prefix))
      .map((name) => Number.parseInt(name.slice(this.#prefix.length), 10))
      .filter((start) => Number.isInteger(start))
      .sort((one, other) => one - other)
  }
}

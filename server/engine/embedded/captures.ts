import { mkdir, readdir, rm } from 'node:fs/promises'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { LogLine } from '../engine.ts'
import { Capture } from './capture.ts'
import { type ReadOptions, readJournal } from './journal-reader.ts'
import type { Layout } from './layout.ts'

/** The output of a removed instance can be read for this long: a short one-off may be over before anybody asks. */
const KEPT_AFTER_REMOVAL_MS = 60_000

/** Output of every instance and detached one-off, by id. */
export class Captures {
  readonly #layout: Layout
  readonly #log: Log
  readonly #open = new Map<string, Capture>()
  readonly #leaving = new Map<string, NodeJS.Timeout>()

  constructor(layout: Layout, log: Log) {
    this.#layout = layout
    this.#log = log
  }

  async open(id: string): Promise<Capture> {
    const capture = await Capture.open(this.#layout.logsOf(id), this.#log)
    this.#open.set(id, capture)
    return capture
  }

  /** Nothing for an id that is not known. */
  async *read(id: string, options: ReadOptions): AsyncGenerator<LogLine> {
    const capture = this.#open.get(id)
    if (capture) yield* readJournal(capture.journal, options)
  }

  /** All that has been written is there to be read: for a process that has ended. */
  async finish(id: string): Promise<void> {
    if (!this.#leaving.has(id)) await this.#open.get(id)?.finish()
  }

  /** The instance is gone: followers end, and the files go a little later. */
  async retire(id: string): Promise<void> {
    const capture = this.#open.get(id)
    if (!capture || this.#leaving.has(id)) return
    this.#leaving.set(id, setTimeout(() => void this.#delete(id), KEPT_AFTER_REMOVAL_MS).unref())
    await capture.close()
  }

  /** Deletes what no known instance wrote. */
  async sweep(): Promise<void> {
    await mkdir(this.#layout.logs, { recursive: true, mode: 0o700 })
    const unknown = (await readdir(this.#layout.logs)).filter((id) => !this.#open.has(id))
    await Promise.all(unknown.map((id) => rm(this.#layout.logsOf(id), { recursive: true, force: true })))
  }

  async close(): Promise<void> {
    for (const timer of this.#leaving.values()) clearTimeout(timer)
    await Promise.all([...this.#open.values()].map((capture) => capture.close()))
    await this.#sweepLeaving()
  }

  async #sweepLeaving(): Promise<void> {
    await Promise.all([...this.#leaving.keys()].map((id) => this.#delete(id)))
  }

  async #delete(id: string): Promise<void> {
    this.#leaving.delete(id)
    this.#open.delete(id)
    try {
      await rm(this.#layout.logsOf(id), { recursive: true, force: true })
    } catch (error) {
      this.#log.warn('embedded.log-not-deleted', { instance: id, reason: messageOf(error) })
    }
  }
}

import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { Journal } from './journal.ts'
import { RawOutput } from './raw-output.ts'

/** Read even where no notice of a change came: file systems and limits differ. */
const SWEEP_MS = 1_000

/** Moves what one instance writes into its journal, line by line and exactly once, also over a kill of the server. */
export class Capture {
  readonly journal: Journal
  readonly #stdout: RawOutput
  readonly #stderr: RawOutput
  readonly #log: Log
  readonly #timer: NodeJS.Timeout
  #watcher: FSWatcher | undefined
  #pumping: Promise<void> | null = null
  #again = false
  #final = false
  /** Said once, not every second: the disk is full for a while. */
  #failing = false

  private constructor(journal: Journal, stdout: RawOutput, stderr: RawOutput, log: Log) {
    this.journal = journal
    this.#stdout = stdout
    this.#stderr = stderr
    this.#log = log
    this.#timer = setInterval(() => this.#wake(), SWEEP_MS).unref()
    this.#watcher = this.#watch()
  }

  static async open(directory: string, log: Log): Promise<Capture> {
    const journal = await Journal.open(directory)
    const stdout = await RawOutput.open(join(directory, 'stdout'), 'stdout')
    const stderr = await RawOutput.open(join(directory, 'stderr'), 'stderr')
    const capture = new Capture(journal, stdout, stderr, log)
    capture.#wake()
    return capture
  }

  /** Descriptors for a new process; the caller closes them. */
  descriptors(): { stdout: number; stderr: number } {
    return { stdout: this.#stdout.descriptor(), stderr: this.#stderr.descriptor() }
  }

  /** All that has been written by now is in the journal, an unfinished last line too: for a process that has ended. */
  async finish(): Promise<void> {
    this.#final = true
    this.#wake()
    await this.#pumping
    this.#final = false
  }

  /** Followers come to their end. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#watcher?.close()
    await this.#pumping
    await this.journal.close()
    await this.#stdout.close()
    await this.#stderr.close()
  }

  #watch(): FSWatcher | undefined {
    try {
      const watcher = watch(this.journal.directory, { persistent: false }, (_change, name) => {
        if (name === 'stdout' || name === 'stderr') this.#wake()
      })
      watcher.on('error', () => watcher.close())
      return watcher
    } catch {
      return undefined
    }
  }

  #wake(): void {
    this.#again = true
    this.#pumping ??= this.#pumpUntilQuiet()
  }

  async #pumpUntilQuiet(): Promise<void> {
    while (this.#again) {
      this.#again = false
      await this.#pump()
    }
    this.#pumping = null
  }

  async #pump(): Promise<void> {
    try {
      while (await this.#step());
      this.#failing = false
    } catch (error) {
      if (this.#failing) return
      this.#failing = true
      this.#log.warn('embedded.output-not-kept', { directory: this.journal.directory, reason: messageOf(error) })
    }
  }

  async #step(): Promise<boolean> {
    if (this.journal.closed) return false
    const { offsets } = this.journal
    const lines = [
      ...(await this.#stdout.read(offsets.stdout, this.#final)),
      ...(await this.#stderr.read(offsets.stderr, this.#final)),
    ]
    if (lines.length === 0) return false
    await this.journal.append(lines)
    await this.#stdout.forget(offsets.stdout)
    await this.#stderr.forget(offsets.stderr)
    return true
  }
}

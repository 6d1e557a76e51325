import { PassThrough, type Readable, type Writable } from 'node:stream'
import type { Exit, RunHandle } from '../engine.ts'
import type { RunRecord } from './instance-record.ts'
import type { Layout } from './layout.ts'
import { mergedOutput } from './merged-output.ts'
import type { ProcessGroup } from './process-group.ts'
import { resizeTerminal } from './terminal.ts'

export type RunEnding = (run: EmbeddedRun) => Promise<void>

/** One one-off, as its caller sees it. Stays until it has ended and somebody holds the handle to take its exit code. */
export class EmbeddedRun implements RunHandle {
  readonly record: RunRecord
  readonly id: string
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly exited: Promise<Exit>
  readonly #group: ProcessGroup
  readonly #layout: Layout
  readonly #claimed = Promise.withResolvers<void>()

  /** `ended` cleans up before `exited` resolves. */
  constructor(record: RunRecord, group: ProcessGroup, layout: Layout, ended: RunEnding) {
    this.record = record
    this.id = record.id
    this.#group = group
    this.#layout = layout
    const child = record.attached ? group.child : undefined
    this.stdin = child?.stdin ?? null
    this.stdin?.on('error', () => {})
    this.stdout = child && record.terminal ? mergedOutput(child) : kept(child?.stdout)
    this.stderr = record.terminal ? null : kept(child?.stderr)
    this.exited = this.#end(ended)
  }

  /** Somebody waits for the exit code. */
  claim(): this {
    this.#claimed.resolve()
    return this
  }

  async resize(columns: number, rows: number): Promise<void> {
    if (this.record.terminal) await resizeTerminal(this.#layout.terminalFile(this.id), { columns, rows })
  }

  async signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): Promise<void> {
    if (this.record.terminal) this.#group.signalMembers(name)
    else this.#group.signal(name)
  }

  async stop(graceMs: number): Promise<void> {
    this.claim()
    await this.#group.stop(graceMs)
    await this.exited
  }

  /** Lets go of it; it runs on. */
  release(): void {
    this.#group.release()
  }

  async #end(ended: RunEnding): Promise<Exit> {
    const exit = await this.#group.exited
    await this.#claimed.promise
    await ended(this)
    return exit
  }
}

/** Node throws away what nobody has read of a process's output when the process ends; a stream of our own keeps it. */
function kept(stream: Readable | null | undefined): Readable | null {
  return stream ? stream.pipe(new PassThrough()) : null
}

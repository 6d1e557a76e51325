import { setTimeout as delay } from 'node:timers/promises'
import type { ContainerInspectInfo } from 'dockerode'
import { PaasError } from '../../errors.ts'
import type { LogLine } from '../engine.ts'
import { type Connection, statusOf } from './connection.ts'
import { LABEL } from './labels.ts'
import { logLines, type StampedLine, sinceParameter } from './log-lines.ts'
import { engineUnavailable, isUnreachable } from './unavailable.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000
/** How long the removal of an ended one-off waits for those who still read its output. */
const READERS_MS = 5_000

export type LogOptions = { since?: Date; tail?: number; follow?: boolean; signal?: AbortSignal }
type Reading = { id: string; cursor: bigint | null; tail: number | undefined; follow: boolean; signal: AbortSignal }

/** Output of containers. The engine ends a followed stream whenever the container stops; here it goes on after a restart. */
export class ContainerLogs {
  readonly #connection: Connection
  readonly #readers = new Map<string, Set<Promise<void>>>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async *read(id: string, options: LogOptions): AsyncGenerator<LogLine> {
    const done = Promise.withResolvers<void>()
    const readers = this.#readers.get(id) ?? new Set()
    this.#readers.set(id, readers.add(done.promise))
    try {
      yield* this.#lines(id, options)
    } finally {
      done.resolve()
      readers.delete(done.promise)
      if (readers.size === 0) this.#readers.delete(id)
    }
  }

  /** Resolves when nobody reads that container's output any more, or after a while. */
  async quiet(id: string): Promise<void> {
    const readers = this.#readers.get(id)
    if (!readers) return
    const giveUp = new AbortController()
    await Promise.race([Promise.all(readers), delay(READERS_MS, undefined, { signal: giveUp.signal }).catch(() => {})])
    giveUp.abort()
  }

  async *#lines(id: string, options: LogOptions): AsyncGenerator<LogLine> {
    const { signal = new AbortController().signal, since, tail, follow = false } = options
    // A Date ends at milliseconds, so exclusive means: from the next one on.
    const cursor = since ? BigInt(since.getTime() + 1) * 1_000_000n : null
    const reading: Reading = { id, cursor, tail, follow, signal }
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      for await (const line of this.#once(reading)) {
        reading.cursor = line.cursor + 1n
        pause = FIRST_PAUSE_MS
        yield { time: line.time, stream: line.stream, text: line.text }
      }
      reading.tail = undefined
      if (!follow || signal.aborted || (await this.#isOver(id))) return
      await delay(pause, undefined, { signal }).catch(() => {})
    }
  }

  /** Until the engine ends the stream: the container stopped, the engine went away, or there is no more. */
  async *#once({ id, cursor, tail, follow, signal }: Reading): AsyncGenerator<StampedLine> {
    try {
      const { tty, kept } = await this.#outputOf(id)
      if (!kept) return
      const range = { tail: tail ?? 'all', ...(cursor !== null && { since: sinceParameter(cursor) }) }
      const query = { stdout: true, stderr: true, timestamps: true, follow, ...range }
      yield* logLines(await this.#connection.stream(`/containers/${id}/logs`, query, signal), tty)
    } catch (error) {
      if (signal.aborted || statusOf(error) === 404 || statusOf(error) === 409) return
      if (!isUnreachable(error) && !isAway(error)) throw error
      if (!follow) throw isAway(error) ? error : engineUnavailable(error, this.#connection.socketPath)
    }
  }

  async #outputOf(id: string): Promise<{ tty: boolean; kept: boolean }> {
    const container = await this.#connection.ask((docker) => docker.getContainer(id).inspect())
    return { tty: container.Config.Tty, kept: isKept(container) }
  }

  /** One-offs do not start again, and attached ones have no log; instances are over when they are removed. */
  async #isOver(id: string): Promise<boolean> {
    try {
      const container = await this.#connection.ask((docker) => docker.getContainer(id).inspect())
      return Boolean(container.Config.Labels[LABEL.run]) && !(container.State.Running && isKept(container))
    } catch (error) {
      return statusOf(error) === 404
    }
  }
}

function isKept({ HostConfig }: ContainerInspectInfo): boolean {
  return HostConfig.LogConfig?.Type !== 'none'
}

function isAway(error: unknown): boolean {
  return error instanceof PaasError && error.code === 'engine.unavailable'
}

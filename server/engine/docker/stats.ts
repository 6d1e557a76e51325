import { setTimeout as pause } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { InstanceStats } from '../engine.ts'
import { type Connection, statusOf } from './connection.ts'
import { parallel } from './parallel.ts'

const AT_ONCE = 16
/** Without an earlier sample to compare with, another one is taken so much later; also a span that is too short to tell. */
const FIRST_SPAN_MS = 200
const SHORTEST_SPAN_MS = 150
/** What was longer ago says nothing about now. */
const LONGEST_SPAN_MS = 60_000

/** The processor time of a container so far, at a moment of the engine's clock. */
type Sample = { at: number; cpuNs: number }
type Measured = Sample & { id: string; memoryBytes: number; memoryLimitBytes: number }

/**
 * Use of the processor since the last question, and memory now. The engine itself would measure twice for each answer, a
 * second apart; so it is asked for one sample, and the one before is kept here.
 */
export class StatsSampler {
  readonly #connection: Connection
  readonly #last = new Map<string, Sample>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Those that do not run are left out. */
  async measure(ids: string[]): Promise<InstanceStats[]> {
    const first = await this.#sample(ids)
    const before = new Map(first.map((sample) => [sample.id, this.#usable(sample) ?? sample]))
    const fresh = first.filter((sample) => before.get(sample.id) === sample).map(({ id }) => id)
    if (fresh.length > 0) await pause(FIRST_SPAN_MS)
    const again = new Map((fresh.length > 0 ? await this.#sample(fresh) : []).map((sample) => [sample.id, sample]))
    this.#forget()
    return first.flatMap((sample) => {
      const earlier = before.get(sample.id)
      const now = earlier === sample ? again.get(sample.id) : sample
      if (!now || !earlier) return []
      this.#last.set(now.id, now)
      return [instanceStats(earlier, now)]
    })
  }

  async #sample(ids: string[]): Promise<Measured[]> {
    const samples = await parallel(ids, AT_ONCE, async (id) => {
      const sample = await this.#connection
        .ask((docker) => docker.getContainer(id).stats({ stream: false, 'one-shot': true }))
        .catch((error) => {
          if (statusOf(error) === undefined) throw error
          return null
        })
      return sample ? measured(id, sample) : undefined
    })
    return samples.filter((sample) => sample !== undefined)
  }

  #usable({ id, at }: Measured): Sample | undefined {
    const last = this.#last.get(id)
    const span = last === undefined ? 0 : at - last.at
    return span >= SHORTEST_SPAN_MS && span <= LONGEST_SPAN_MS ? last : undefined
  }

  #forget(): void {
    const newest = Math.max(...[...this.#last.values()].map(({ at }) => at))
    for (const [id, { at }] of this.#last) if (newest - at > LONGEST_SPAN_MS) this.#last.delete(id)
  }
}

/** Undefined for a container that is not running: it holds no memory. */
export function measured(id: string, sample: Docker.ContainerStats): Measured | undefined {
  const { usage, limit, stats } = sample.memory_stats ?? {}
  if (!usage || limit === undefined) return undefined
  return {
    id,
    at: Date.parse(sample.read),
    cpuNs: sample.cpu_stats.cpu_usage.total_usage,
    memoryBytes: usage - reclaimable(stats),
    memoryLimitBytes: limit,
  }
}

/** A container that was started again counts from zero. */
export function instanceStats(
  earlier: Sample,
  { id, at, cpuNs, memoryBytes, memoryLimitBytes }: Measured,
): InstanceStats {
  const wallMs = at - earlier.at
  const cpuCores = wallMs > 0 ? Math.max(0, cpuNs - earlier.cpuNs) / (wallMs * 1e6) : 0
  return { id, cpuCores, memoryBytes, memoryLimitBytes }
}

/** File cache that the kernel gives back at once; cgroup v1 counts it as `total_inactive_file`, v2 as `inactive_file`. */
function reclaimable(stats: Partial<Record<string, number>> = {}): number {
  return stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0
}

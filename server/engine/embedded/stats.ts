import { setTimeout as sleep } from 'node:timers/promises'
import type { InstanceStats } from '../engine.ts'
import type { EmbeddedInstance } from './instance.ts'
import { membersOf } from './members.ts'
import { readProc } from './proc-stat.ts'

/** USER_HZ: the unit of times in /proc, the same on every Linux. */
const TICKS_PER_SECOND = 100
/** Without an earlier sample to compare with, one is taken this long before. */
const FIRST_SAMPLE_MS = 200
/** Shorter spans are too coarse for ticks of 10 ms. */
const SHORTEST_SPAN_MS = 150
const MEGABYTE = 1024 * 1024

type Sample = { at: number; cpuTicks: number; memoryBytes: number }

/** Use of cpu since the last question, and memory now, over all processes of an instance. */
export class StatsSampler {
  readonly #last = new WeakMap<EmbeddedInstance, Sample>()

  async measure(instances: EmbeddedInstance[]): Promise<InstanceStats[]> {
    const before = new Map(instances.map((instance) => [instance, this.#last.get(instance) ?? sample(instance)]))
    const youngest = Math.max(...[...before.values()].map(({ at }) => at))
    if (performance.now() - youngest < SHORTEST_SPAN_MS) await sleep(FIRST_SAMPLE_MS)
    return [...before].map(([instance, earlier]) => this.#compare(instance, earlier))
  }

  #compare(instance: EmbeddedInstance, earlier: Sample): InstanceStats {
    const now = sample(instance)
    this.#last.set(instance, now)
    const cpuSeconds = Math.max(0, now.cpuTicks - earlier.cpuTicks) / TICKS_PER_SECOND
    return {
      id: instance.record.id,
      cpuCores: cpuSeconds / ((now.at - earlier.at) / 1_000),
      memoryBytes: now.memoryBytes,
      memoryLimitBytes: instance.record.memoryMb * MEGABYTE,
    }
  }
}

function sample({ identity, marker }: EmbeddedInstance): Sample {
  const members = identity ? membersOf(identity, marker) : []
  return {
    at: performance.now(),
    cpuTicks: members.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0),
    memoryBytes: members.reduce((sum, { pid }) => sum + residentBytes(pid), 0),
  }
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, 'status') ?? '')?.[1]
  return Number(kilobytes ?? 0) * 1024
}

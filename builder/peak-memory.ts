import { join } from 'node:path'
import type { BuildEndpoint } from './build.ts'
import { groupUsage } from './build-group.ts'
import { BUILDKIT_CGROUP, isUnified, stepGroups, textOf } from './buildkit/step-groups.ts'

/** One small file of the engine's, or a look at every process of the machine. A step that runs out of memory may last a second. */
export const SAMPLE_MS: Record<BuildEndpoint['kind'], number> = { docker: 50, directory: 500 }

/** Bytes that a build's processes hold now, file cache left out; undefined where nobody can tell. */
export type MemoryProbe = () => number | undefined

/**
 * The most memory that was seen while a build ran, looked at every so often: shorter peaks are missed. On docker it is that
 * of all builds of the engine together, for BuildKit has one group for them.
 */
export class PeakMemory implements Disposable {
  readonly #probe: MemoryProbe
  readonly #timer: NodeJS.Timeout
  #peak: number | undefined

  constructor(probe: MemoryProbe, sampleMs: number) {
    this.#probe = probe
    this.#timer = setInterval(() => this.#sample(), sampleMs).unref()
    this.#sample()
  }

  /** Null where nobody could tell. */
  get bytes(): number | null {
    this.#sample()
    return this.#peak ?? null
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    const bytes = this.#probe()
    if (bytes !== undefined) this.#peak = Math.max(bytes, this.#peak ?? 0)
  }
}

export function memoryProbe(kind: BuildEndpoint['kind']): MemoryProbe {
  return kind === 'docker' ? () => buildKitMemory() : () => groupUsage(process.pid)?.memoryBytes
}

/** Steps that have groups of their own are added up. A group that no step has run in yet is not there, and holds nothing. */
export function buildKitMemory(root = '/sys/fs/cgroup'): number | undefined {
  const together = anonymousIn(join(root, BUILDKIT_CGROUP)) ?? anonymousIn(join(root, 'memory', BUILDKIT_CGROUP))
  if (together !== undefined) return together
  const top = isUnified(root) ? root : join(root, 'memory')
  const each = stepGroups(root)
    .filter(({ alone }) => alone)
    .flatMap(({ path }) => anonymousIn(join(top, path)) ?? [])
  return each.length === 0 ? undefined : each.reduce((sum, bytes) => sum + bytes, 0)
}

/** cgroup v1 counts it as `total_rss`, v2 as `anon`. */
function anonymousIn(group: string): number | undefined {
  const found = /^(?:total_rss|anon) (\d+)$/m.exec(textOf(join(group, 'memory.stat')) ?? '')?.[1]
  return found === undefined ? undefined : Number(found)
}

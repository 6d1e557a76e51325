import { getPriority, setPriority } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { BuildEndpoint, BuildLimits } from './build.ts'
import { exactMemory, groupUsage, machineProcesses } from './build-group.ts'
import { buildKitProcesses } from './buildkit/limits.ts'
import type { BuildFailure } from './errors.ts'
import { type Exceeded, exceededFailure } from './exceeded.ts'

const LOOK_MS: Record<BuildEndpoint['kind'], number> = { docker: 500, directory: 200 }
/** What stays so long at a limit that the kernel holds is no build any more, and keeps others from theirs. */
const PATIENCE_MS = 5_000
/** Of the limit: those that are refused one more end, and others take their place. */
const AT_THE_LIMIT = 0.95
/** Of the limit: so few others may go on beside. */
const ROOM = 0.25
const ROOM_PAUSE_MS = 200
const ROOM_WAITS = 600
const CROWDED = 0.8
const FIRST_OF_ALL = -20

type Limits = Pick<BuildLimits, 'memoryMb' | 'pids'>
/** What is too much now; `held` where the kernel sees to it that it is no more than that. */
export type Look = () => { exceeded: Exceeded; held: boolean } | undefined

/** Stops a build that goes on although it has run into a limit, or that nobody else holds below it. */
export class OveruseWatch implements Disposable {
  readonly #look: Look
  readonly #kind: BuildEndpoint['kind']
  readonly #onFailure: (failure: BuildFailure) => void
  readonly #abort = new AbortController()
  readonly #timer: NodeJS.Timeout
  #since: number | undefined
  #failure: BuildFailure | undefined

  constructor(kind: BuildEndpoint['kind'], look: Look, onFailure: (failure: BuildFailure) => void) {
    this.#kind = kind
    this.#look = look
    this.#onFailure = onFailure
    this.#timer = setInterval(() => this.look(), LOOK_MS[kind]).unref()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Why the build was stopped. */
  get failure(): BuildFailure | undefined {
    return this.#failure
  }

  look(now = performance.now()): void {
    if (this.#failure) return
    const found = this.#look()
    if (!found) {
      this.#since = undefined
      return
    }
    this.#since ??= now
    if (found.held && now - this.#since < PATIENCE_MS) return
    const whose = this.#kind === 'docker' ? 'box' : 'build'
    this.#failure = exceededFailure('The build was stopped', found.exceeded, whose)
    this.#onFailure(this.#failure)
    this.#abort.abort(this.#failure)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

export function lookFor(kind: BuildEndpoint['kind'], limits: Limits): Look {
  return kind === 'docker' ? () => ofContainers(limits, buildKitProcesses()) : ofGroup(process.pid, limits)
}

/**
 * What was stopped in containers takes a while to be gone, 2,000 processes half a minute where others want the processor, too:
 * until then the next build would be refused its own. Gives up after two minutes.
 */
export async function roomAgain(
  { pids }: Pick<Limits, 'pids'>,
  processes: () => number | undefined = buildKitProcesses,
  waits = ROOM_WAITS,
): Promise<void> {
  for (let left = waits; left > 0 && (processes() ?? 0) > pids * ROOM; left -= 1) await pause(ROOM_PAUSE_MS)
}

export function ofContainers({ pids }: Limits, processes = 0): ReturnType<Look> {
  if (processes < pids * AT_THE_LIMIT) return undefined
  return { exceeded: { what: 'processes', limit: pids }, held: true }
}

/**
 * Of a process group and what descends from it. Where the whole machine has more processes by nearly the limit than at first, the
 * count comes before everybody else's work: a thousand that want the processor would put it off for a minute.
 */
export function ofGroup(group: number, limits: Limits, proc = '/proc'): Look {
  const atFirst = machineProcesses(proc) ?? 0
  return () => {
    const crowded = (machineProcesses(proc) ?? 0) - atFirst > limits.pids * CROWDED
    return crowded ? beforeOthers(() => exceededBy(group, limits, proc)) : exceededBy(group, limits, proc)
  }
}

function exceededBy(group: number, { pids, memoryMb }: Limits, proc: string): ReturnType<Look> {
  const { memoryBytes = 0, processes = 0 } = groupUsage(group, proc) ?? {}
  const bytes = memoryMb * 1024 ** 2
  if (memoryBytes > bytes && exactMemory(group, proc) > bytes)
    return { exceeded: { what: 'memory', limitMb: memoryMb }, held: false }
  if (processes < pids * AT_THE_LIMIT) return undefined
  return { exceeded: { what: 'processes', limit: pids }, held: processes <= pids }
}

/** Only root may. */
function beforeOthers<T>(work: () => T): T {
  const before = getPriority()
  try {
    setPriority(FIRST_OF_ALL)
  } catch {
    return work()
  }
  try {
    return work()
  } finally {
    setPriority(before)
  }
}

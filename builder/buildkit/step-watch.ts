import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limitStep, type StepLimits } from './limits.ts'
import { stepGroups, textOf, topOf } from './step-groups.ts'

/** As the builder has it itself: what builds run dies for want of memory before apps, and these before the platform. */
export const BUILD_OOM_SCORE = 500
const LOOK_MS = 100

type Roots = { cgroup: string; proc: string }
const MACHINE: Roots = { cgroup: '/sys/fs/cgroup', proc: '/proc' }

/**
 * Looks for new steps and processes of theirs 10 times a second until disposed of.
 *
 * - They are children of the engine, whose own score is -500 as packages install it: without this they would outlive the
 *   router when the machine runs out of memory.
 * - Those that have a group of their own are held by it.
 */
export class StepWatch implements Disposable {
  readonly #limits: StepLimits
  readonly #timer: NodeJS.Timeout
  #groups = new Set<string>()
  #pids = new Set<number>()

  constructor(limits: StepLimits, roots = MACHINE) {
    this.#limits = limits
    this.#timer = setInterval(() => this.look(roots), LOOK_MS).unref()
  }

  look({ cgroup, proc }: Roots): void {
    const groups = stepGroups(cgroup)
    for (const { path, alone } of groups) {
      if (alone && !this.#groups.has(path)) limitStep(this.#limits, path, cgroup)
    }
    this.#groups = new Set(groups.map(({ path }) => path))
    const pids = groups.flatMap(({ path }) => pidsIn(join(topOf(cgroup), path, 'cgroup.procs')))
    for (const pid of pids) if (!this.#pids.has(pid)) raise(join(proc, String(pid), 'oom_score_adj'))
    this.#pids = new Set(pids)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

function pidsIn(file: string): number[] {
  return (textOf(file) ?? '').split('\n').filter(Boolean).map(Number)
}

/** Of a process that is still there, and that we may say so of. */
function raise(file: string): void {
  try {
    if (Number(textOf(file)) < BUILD_OOM_SCORE) writeFileSync(file, String(BUILD_OOM_SCORE))
  } catch {
    return
  }
}

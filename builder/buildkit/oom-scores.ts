import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUILDKIT_CGROUP } from './limits.ts'

/** As the builder has it itself: what builds run dies for want of memory before apps, and these before the platform. */
export const BUILD_OOM_SCORE = 500
const LOOK_MS = 200

type Roots = { cgroup: string; proc: string }
const MACHINE: Roots = { cgroup: '/sys/fs/cgroup', proc: '/proc' }

/**
 * Steps are children of the engine, whose own score is -500 as packages install it: without this they would outlive the
 * router when the machine runs out of memory. Looks for new processes 5 times a second until disposed of.
 */
export class OomScores implements Disposable {
  readonly #timer: NodeJS.Timeout
  #known = new Set<number>()

  constructor(roots = MACHINE) {
    this.#timer = setInterval(() => this.look(roots), LOOK_MS).unref()
  }

  look({ cgroup, proc }: Roots): void {
    const pids = processesOfSteps(cgroup)
    for (const pid of pids) if (!this.#known.has(pid)) raise(join(proc, String(pid), 'oom_score_adj'))
    this.#known = new Set(pids)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

/** Each step has a group of its own below BuildKit's. Any controller knows them on cgroup v1. */
function processesOfSteps(cgroup: string): number[] {
  const unified = existsSync(join(cgroup, 'cgroup.controllers'))
  const group = join(unified ? cgroup : join(cgroup, 'pids'), BUILDKIT_CGROUP)
  return directoriesIn(group).flatMap((name) => pidsIn(join(group, name, 'cgroup.procs')))
}

function directoriesIn(group: string): string[] {
  try {
    const entries = readdirSync(group, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}

function pidsIn(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Of a process that is still there, and that we may say so of. */
function raise(file: string): void {
  try {
    if (Number(readFileSync(file, 'utf8')) < BUILD_OOM_SCORE) writeFileSync(file, String(BUILD_OOM_SCORE))
  } catch {
    return
  }
}

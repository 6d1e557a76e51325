import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildLimits } from './build.ts'
import { machineProcesses } from './build-group.ts'
import { findProgram } from './programs.ts'

const PROGRAM = 'prlimit'
/** No tool of a build keeps more files open; the machine's are for all. */
const OPEN_FILES = 65_536
const UNLIMITED = Number.POSITIVE_INFINITY

export type Rlimits = Pick<BuildLimits, 'pids' | 'diskBytes'>

/** Of this process: whether it is root, whose processes the kernel does not limit, and how many the machine has. */
export type Caller = { root: boolean; processes: number; hard: Record<string, number> }

/**
 * The command, which is found by `paths.command`, with the limits that the kernel holds for a process and what it starts; as
 * it is where the machine (`paths.machine`) has no prlimit, or nobody the command. No limit is above that of the caller. Memory has none
 * here: each thread of Node.js sets 540 MB of addresses aside and uses 10 of them, so overuse.ts looks at what is held.
 */
export function limited(argv: string[], limits: Rlimits, paths: { machine: string; command: string }): string[] {
  const program = argv[0] ?? ''
  const prlimit = findProgram(PROGRAM, paths.machine)
  const caller = readCaller()
  if (prlimit === undefined || !caller) return argv
  if (!program.includes('/') && findProgram(program, paths.command) === undefined) return argv
  return [join(prlimit, PROGRAM), ...rlimitArguments(limits, caller), ...argv]
}

export function rlimitArguments({ pids, diskBytes }: Rlimits, { root, processes, hard }: Caller): string[] {
  const wanted: [option: string, limit: string, value: number][] = [
    ['fsize', 'Max file size', diskBytes],
    ['nofile', 'Max open files', OPEN_FILES],
    ['core', 'Max core file size', 0],
    // The kernel counts all that the user has, and asks only when one more is started.
    ...(root ? [] : [['nproc', 'Max processes', processes + pids] as [string, string, number]]),
  ]
  return wanted
    .map(([option, limit, value]) => ({ option, value: Math.floor(Math.min(value, hard[limit] ?? UNLIMITED)) }))
    .map(({ option, value }) => `--${option}=${value === UNLIMITED ? 'unlimited' : value}`)
}

/** Undefined where the kernel tells nothing of processes. */
function readCaller(proc = '/proc'): Caller | undefined {
  try {
    const hard = hardLimits(readFileSync(join(proc, 'self/limits'), 'utf8'))
    return { root: process.getuid?.() === 0, processes: machineProcesses(proc) ?? UNLIMITED, hard }
  } catch {
    return undefined
  }
}

/** proc_pid_limits(5): the name, the soft limit, the hard one, the unit. */
export function hardLimits(text: string): Record<string, number> {
  const rows = text.split('\n').flatMap((line) => {
    const [, name, hard] = /^(Max .+?) {2,}\S+ +(\S+)/.exec(line) ?? []
    return name === undefined || hard === undefined ? [] : [[name, hard === 'unlimited' ? UNLIMITED : Number(hard)]]
  })
  return Object.fromEntries(rows)
}

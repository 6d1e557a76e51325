import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE_BYTES = 4_096
/** Fields of /proc/<pid>/stat behind the name, which may have spaces: proc_pid_stat(5). */
const PARENT_FIELD = 1
const GROUP_FIELD = 2
const THREADS_FIELD = 17

export type GroupUsage = {
  /** Bytes in memory, mapped files left out. What processes have shared since a fork counts for each of them. */
  memoryBytes: number
  /** Processes and threads. */
  processes: number
}

type Process = { pid: number; parent: number; group: number; threads: number }

/**
 * What a process group holds, and what descends from its leader in groups of its own; undefined where nothing of it lives.
 * What a program left behind in another session is not found, once its parent has ended.
 */
export function groupUsage(group: number, proc = '/proc'): GroupUsage | undefined {
  const members = membersOf(group, processesIn(proc))
  if (members.length === 0) return undefined
  return {
    memoryBytes: members.reduce((sum, { pid }) => sum + ownBytes(proc, pid), 0),
    processes: members.reduce((sum, { threads }) => sum + threads, 0),
  }
}

/** Likewise the bytes, with what is shared counted once, which takes the kernel a look at every page. */
export function exactMemory(group: number, proc = '/proc'): number {
  return membersOf(group, processesIn(proc)).reduce((sum, { pid }) => sum + sharedOnceBytes(proc, pid), 0)
}

/** proc_pid_statm(5): pages in memory, and those of them that are of files or shared. */
function ownBytes(proc: string, pid: number): number {
  const [, resident = 0, shared = 0] = (readOr(join(proc, String(pid), 'statm')) ?? '').split(' ').map(Number)
  return (resident - shared) * PAGE_BYTES
}

function sharedOnceBytes(proc: string, pid: number): number {
  const kilobytes = /^Pss_Anon: +(\d+) kB$/m.exec(readOr(join(proc, String(pid), 'smaps_rollup')) ?? '')?.[1]
  return kilobytes === undefined ? ownBytes(proc, pid) : Number(kilobytes) * 1_024
}

function membersOf(group: number, all: Process[]): Process[] {
  const children = Map.groupBy(all, ({ parent }) => parent)
  const members = new Set(all.filter((each) => each.group === group))
  for (const { pid } of members) for (const child of children.get(pid) ?? []) members.add(child)
  return [...members]
}

function processesIn(proc: string): Process[] {
  return namesIn(proc).flatMap((name) => {
    const stat = /^\d+$/.test(name) ? readOr(join(proc, name, 'stat')) : undefined
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (!fields) return []
    const [parent, group] = [Number(fields[PARENT_FIELD]), Number(fields[GROUP_FIELD])]
    return [{ pid: Number(name), parent, group, threads: Number(fields[THREADS_FIELD]) }]
  })
}

/** Processes and threads of the whole machine: one small read, where counting those of a group takes one for each. */
export function machineProcesses(proc = '/proc'): number | undefined {
  const total = /\/(\d+) /.exec(readOr(join(proc, 'loadavg')) ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

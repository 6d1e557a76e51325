import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { hasErrorCode } from './errors.ts'
import { kill } from './kill.ts'

const ROOT = '/sys/fs/cgroup'
const NAME = 'paas-build-'
const REMOVE_PAUSE_MS = 20
/** A killed process is in its group until the kernel has taken it down. */
const REMOVE_TRIES = 100

/**
 * Puts this process, and whatever it starts from now on, into a cgroup with at most so many processes and threads, where
 * the machine lets us: root, whose processes RLIMIT_NPROC does not count, on cgroup v1 or v2. False where it does not.
 */
export function joinPidsGroup(pid: number, pids: number, root = ROOT): boolean {
  const group = pidsGroupOf(pid, root)
  try {
    if (isUnified(root)) writeFileSync(join(root, 'cgroup.subtree_control'), '+pids')
    else if (!existsSync(join(root, 'pids'))) return false
    removeForgotten(parentOf(root))
    mkdirSync(group)
    writeFileSync(join(group, 'pids.max'), String(pids))
    writeFileSync(join(group, 'cgroup.procs'), String(pid))
    return true
  } catch {
    removeEmpty(group)
    return false
  }
}

/** Kills what is left in the group of a builder that is gone, in whichever session it hides, and removes the group. */
export async function endPidsGroup(pid: number, root = ROOT): Promise<void> {
  const group = pidsGroupOf(pid, root)
  for (let tries = 0; tries < REMOVE_TRIES && existsSync(group); tries += 1) {
    for (const member of membersOf(group)) kill(member)
    try {
      await rmdir(group)
    } catch (error) {
      if (!hasErrorCode(error, 'EBUSY')) return
      await pause(REMOVE_PAUSE_MS)
    }
  }
}

function pidsGroupOf(pid: number, root: string): string {
  return join(parentOf(root), `${NAME}${pid}`)
}

function parentOf(root: string): string {
  return isUnified(root) ? root : join(root, 'pids')
}

/** Of builders whose server was killed, so that nobody ended them: a group that has members is not removed. */
function removeForgotten(parent: string): void {
  for (const name of readdirSync(parent)) if (name.startsWith(NAME)) removeEmpty(join(parent, name))
}

function isUnified(root: string): boolean {
  return existsSync(join(root, 'cgroup.controllers'))
}

function membersOf(group: string): number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function removeEmpty(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    return
  }
}

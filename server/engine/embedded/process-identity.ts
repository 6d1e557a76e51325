import { readFileSync } from 'node:fs'
import { readStat } from './proc-stat.ts'

/** Names one process of one boot: a pid alone is used again. */
export type ProcessIdentity = { pid: number; startTime: number; bootId: string }

export function machineBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** Undefined when the process has already ended. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid)
  return stat ? { pid, startTime: stat.startTime, bootId: machineBootId() } : undefined
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === machineBootId() && readStat(identity.pid)?.startTime === identity.startTime
}

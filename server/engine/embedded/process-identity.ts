import { readFileSync } from 'node:fs'
import { parseStat, readProc, readStat } from './proc-stat.ts'

/** Names one process of one boot: a pid alone is used again. */
export type ProcessIdentity = { pid: number; startTime: number; bootId: string }

export function machineBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** Of one that runs, and of a child that has ended and that nobody has waited for yet; undefined for others. */
export function identify(pid: number): ProcessIdentity | undefined {
  const text = readProc(pid, 'stat')
  const stat = text === null ? null : parseStat(text)
  return stat ? { pid, startTime: stat.startTime, bootId: machineBootId() } : undefined
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === machineBootId() && readStat(identity.pid)?.startTime === identity.startTime
}

import { listStats, type ProcStat, readEnvironment, readStat } from './proc-stat.ts'
import type { ProcessIdentity } from './process-identity.ts'

/** Value of TMPDIR, different for each instance, or of PAAS_EXEC: children inherit it even where they leave the session. */
export type Marker = string

/** Processes of the session that `leader` began, and those that left it but carry its marker: all are younger than it. */
export function membersOf(leader: ProcessIdentity, marker: Marker | null): ProcStat[] {
  const trusted = ownsItsSession(leader)
  return listStats().filter(({ pid, session, startTime }) => {
    if (startTime < leader.startTime) return false
    return (trusted && session === leader.pid) || (marker !== null && carries(pid, marker))
  })
}

/** The kernel gives a session's number to no new process while the session has members; a stranger shows it is over. */
function ownsItsSession(leader: ProcessIdentity): boolean {
  const holder = readStat(leader.pid)
  return holder === null || holder.startTime === leader.startTime
}

export function carries(pid: number, marker: Marker): boolean {
  const environment = readEnvironment(pid)
  return environment['TMPDIR'] === marker || environment['PAAS_EXEC'] === marker
}

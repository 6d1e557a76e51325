import { basename, dirname } from 'node:path'
import { kill } from './kill.ts'
import { isLauncher } from './launcher.ts'
import type { Layout } from './layout.ts'
import { carries, type Marker } from './members.ts'
import { listStats, readArguments, readEnvironment } from './proc-stat.ts'
import { identify, type ProcessIdentity } from './process-identity.ts'

/** The leader of an instance whose server was killed between starting it and writing its pid down. */
export function findLeader(marker: Marker): ProcessIdentity | undefined {
  const leader = listStats().find(
    ({ pid, session }) => pid === session && carries(pid, marker) && isLauncher('paas', readArguments(pid)),
  )
  return leader && identify(leader.pid)
}

/** Ends what was started from this state directory by instances of which no record is left. */
export function killOrphans(layout: Layout, known: (id: string) => boolean): void {
  for (const { pid } of listStats()) {
    const place = dirname(readEnvironment(pid)['TMPDIR'] ?? '')
    if (dirname(place) === layout.scratch && !known(basename(place))) kill(pid, 'SIGKILL')
  }
}

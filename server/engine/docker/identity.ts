import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { EngineInfo } from '../engine.ts'
import { type Connection, statusOf } from './connection.ts'

/** A new one with each boot of the machine. */
const KERNEL_BOOT_ID = '/proc/sys/kernel/random/boot_id'

const OPEN_FILES = 65_536
const OWN_LIMITS = '/proc/self/limits'

export type EngineIdentity = EngineInfo & { cpuCount: number; openFiles: number }

/**
 * The engine makes its default bridge anew whenever it starts without containers that live on, and only then may
 * containers have other addresses than before. So that network's id is the boot id.
 */
export async function identify(connection: Connection): Promise<EngineIdentity> {
  const [info, bridge, kernel, openFiles] = await Promise.all([
    connection.ask((docker) => docker.info()),
    connection.ask((docker) => docker.getNetwork('bridge').inspect()).catch(ignoreMissing),
    readFile(KERNEL_BOOT_ID, 'utf8').catch(() => ''),
    openFilesLimit(),
  ])
  const identity = [info.ID, bridge?.Id, bridge?.Created, kernel].join(' ')
  const bootId = createHash('sha256').update(identity).digest('hex').slice(0, 16)
  return { name: 'docker', version: info.ServerVersion, bootId, isolates: true, cpuCount: info.NCPU, openFiles }
}

/** Engines that run confined themselves cannot raise the limit of their machine, so apps get no more than we have. */
async function openFilesLimit(): Promise<number> {
  const limits = await readFile(OWN_LIMITS, 'utf8').catch(() => '')
  const hard = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? OPEN_FILES)
  return Math.min(OPEN_FILES, hard)
}

/** Engines with `--bridge=none` have no default bridge. */
function ignoreMissing(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error
}

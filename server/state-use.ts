import { join } from 'node:path'
import type { Config } from './config.ts'
import { diskUse } from './engine/disk-use.ts'

/** What the platform itself keeps, for `paas disk`; what the embedded engine has is told by the engine. */
export async function stateUse(config: Config): Promise<{ what: string; bytes: number }[]> {
  const parts = [
    ['sources and outputs of builds', config.builds],
    ['git repositories', config.repositories],
    ['logs', config.logs],
    ['backups', config.backups],
    ['metrics', config.metrics],
    ['database', config.database],
    ['state of the router', join(config.data, 'router')],
  ] as const
  const sizes = await diskUse(parts.map(([, path]) => path))
  return parts.map(([what, path]) => ({ what, bytes: sizes.get(path) ?? 0 }))
}

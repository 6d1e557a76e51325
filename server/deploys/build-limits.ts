import type { BuildLimits as BuilderLimits } from '../../builder/build.ts'
import type { BuildLimits } from '../contract/build-limits.ts'
import type { Settings } from '../db/settings.ts'
import { SettingsRow } from './settings-row.ts'

const MB = 1024 ** 2
const GB = 1024 ** 3

/** RELIABILITY 5.3: 20 min, 2 GB, 2 cores. SECURITY, Builds: 2,048 processes. */
export const BUILD_LIMITS: BuildLimits = { memory: 2 * GB, cpus: 2, time: 20 * 60, pids: 2_048, disk: 10 * GB }
const MAX_FILE_BYTES = 200 * MB
const MAX_TREE_BYTES = GB

export type BuildLimitsStore = SettingsRow<BuildLimits>

export function buildLimits(settings: Settings): BuildLimitsStore {
  return new SettingsRow(settings, 'build_limits', BUILD_LIMITS)
}

/** As the builder wants them; those of the source are fixed. */
export function builderLimits({ memory, cpus, time, pids, disk }: BuildLimits): BuilderLimits {
  return {
    memoryMb: memory / MB,
    cpus,
    timeoutMs: time * 1_000,
    pids,
    diskBytes: disk,
    maxFileBytes: MAX_FILE_BYTES,
    maxTreeBytes: MAX_TREE_BYTES,
  }
}

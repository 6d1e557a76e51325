import type { DiskSettings } from '../contract/disk.ts'
import type { Settings } from '../db/settings.ts'
import { SettingsRow } from './settings-row.ts'

const GB = 1024 ** 3

export const DISK_DEFAULTS: DiskSettings = {
  keepReleases: 5,
  keepBuilds: 100,
  imageBudget: 20 * GB,
  cacheBudget: 10 * GB,
}

export type DiskSettingsStore = SettingsRow<DiskSettings>

export function diskSettings(settings: Settings): DiskSettingsStore {
  return new SettingsRow(settings, 'disk', DISK_DEFAULTS)
}

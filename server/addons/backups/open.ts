import type { Database } from '../../db/database.ts'
import type { SecretBox } from '../../db/secret-box.ts'
import type { Settings } from '../../db/settings.ts'
import { BackupViews } from './backup-views.ts'
import { BackupWork } from './backup-work.ts'
import { Backups, type BackupsParts } from './backups.ts'
import { BackupRecords } from './records.ts'
import { RecoveryKeys } from './recovery-key.ts'
import { RestoreRecords } from './restores.ts'
import { Schedules } from './schedules.ts'
import { BackupStores } from './store/stores.ts'

type Opened = Pick<BackupsParts, 'activity' | 'faults' | 'log' | 'nameOfApp' | 'requireSpace' | 'things' | 'tickMs'> & {
  db: Database
  box: SecretBox
  settings: Settings
  /** Of the local store. */
  directory: string
  boxId: string
  now?: () => Date
}

export type OpenedBackups = ReturnType<typeof openBackups>

/** The machinery of backups, put together. */
export function openBackups({ db, box, settings, directory, boxId, now = () => new Date(), ...rest }: Opened) {
  const records = new BackupRecords(db)
  const restores = new RestoreRecords(db)
  const schedules = new Schedules(db)
  const backupStores = new BackupStores({ db, box, directory, boxId })
  const recoveryKeys = new RecoveryKeys(settings, box)
  const shared = { records, restores, schedules, keys: recoveryKeys, now }
  const parts = { ...shared, stores: backupStores, ...rest }
  return {
    records,
    /** For what makes one at its own time. */
    work: new BackupWork(parts),
    backups: new Backups(parts),
    backupViews: new BackupViews(shared),
    backupStores,
    recoveryKeys,
  }
}

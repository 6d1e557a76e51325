import type { Database } from '../../db/database.ts'
import type { SecretBox } from '../../db/secret-box.ts'
import type { Settings } from '../../db/settings.ts'
import { type ArchivedAddons, openArchives } from '../archive/open.ts'
import type { OtherWork } from './backup-runner.ts'
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
export type OpenedArchives = ReturnType<typeof openBackupsAndArchives>

/** The machinery of backups, put together. */
export function openBackups(opened: Opened) {
  return assembled(partsOf(opened), undefined)
}

/** With that of archives, which takes its turn among them. */
export function openBackupsAndArchives(opened: Opened, archived: ArchivedAddons) {
  const parts = partsOf(opened)
  const { archives, archiveViews } = openArchives({ ...parts, ...archived })
  return { ...assembled(parts, archives), archives, archiveViews }
}

function partsOf({ db, box, settings, directory, boxId, now = () => new Date(), ...rest }: Opened) {
  const records = new BackupRecords(db)
  const restores = new RestoreRecords(db)
  const schedules = new Schedules(db)
  const stores = new BackupStores({ db, box, directory, boxId })
  const keys = new RecoveryKeys(settings, box)
  return { ...rest, db, box, records, restores, schedules, stores, keys, now }
}

function assembled(parts: ReturnType<typeof partsOf>, other: OtherWork | undefined) {
  return {
    records: parts.records,
    /** For what makes one at its own time. */
    work: new BackupWork(parts),
    backups: new Backups({ ...parts, other }),
    backupViews: new BackupViews(parts),
    backupStores: parts.stores,
    recoveryKeys: parts.keys,
  }
}

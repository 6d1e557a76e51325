import type { Apps } from '../../apps/apps.ts'
import type { Database } from '../../db/database.ts'
import type { SecretBox } from '../../db/secret-box.ts'
import type { ActivityLog } from '../../people/activity.ts'
import type { AddonRows } from '../addon-rows.ts'
import type { Addons } from '../addons.ts'
import { BackupNews } from '../backups/backup-news.ts'
import type { RunnerParts } from '../backups/backup-runner.ts'
import { ScratchServers } from '../backups/scratch-servers.ts'
import { ArchiveRecords } from './archive-records.ts'
import { ArchiveViews } from './archive-views.ts'
import { Archiver, type ArchiveTimes } from './archiver.ts'
import { Archives } from './archives.ts'
import { BaseWork } from './base-work.ts'
import { PieceRecords } from './piece-records.ts'
import { PieceStore } from './piece-store.ts'
import { RecoveryWork } from './recovery-work.ts'
import { ArchiveRetirement } from './retirement.ts'

/** What archives are of. */
export type ArchivedAddons = {
  addons: Addons
  rows: AddonRows
  apps: Pick<Apps, 'findById'>
  times?: Partial<ArchiveTimes>
}

type Opened = ArchivedAddons &
  Omit<RunnerParts, 'schedules' | 'news' | 'health' | 'things' | 'other'> & {
    db: Database
    box: SecretBox
    activity: Pick<ActivityLog, 'record'>
  }

/** The machinery of archives, put together. */
export function openArchives({ db, records: backups, ...parts }: Opened) {
  const records = new ArchiveRecords(db)
  const pieces = new PieceRecords(db)
  const news = new BackupNews(parts)
  const shared = { ...parts, backups, records, pieces, news, store: new PieceStore(parts) }
  const archiver = new Archiver(shared)
  const scratch = new ScratchServers({ ...parts, servers: parts.addons.servers })
  const bases = new BaseWork(shared)
  const recovery = new RecoveryWork({ ...shared, archiver, scratch })
  const archives = new Archives({ ...shared, archiver, bases, recovery, retirement: new ArchiveRetirement(shared) })
  return { archives, archiver, archiveViews: new ArchiveViews(shared) }
}

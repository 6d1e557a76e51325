import { z } from 'zod'
import {
  Backup,
  BackupSchedule,
  BackupStoreView,
  Backups,
  PutBackupSchedule,
  Restore,
  SetBackupStore,
  ShownRecoveryKey,
} from './backup.ts'
import { PageQuery } from './page.ts'
import { app, nothing, type Route } from './route.ts'

const backup = app.extend({ backup: z.string().min(1).max(64) })
const addon = app.extend({ addon: z.string().min(1).max(64) })

export const backups = {
  'backups.list': {
    summary: 'Backups of the app’s addons, newest first, with restores, schedules and how far back is sure',
    permission: 'app:view',
    params: app,
    query: PageQuery.extend({ addon: z.string().max(64).optional() }),
    response: Backups,
  },
  'backups.create': {
    summary: 'Back an addon up now',
    permission: 'app:deploy',
    params: app,
    body: z.strictObject({ addon: z.string().max(64).optional() }),
    response: Backup,
    status: 202,
  },
  'backups.info': {
    summary: 'One backup: state, progress, sizes, proof',
    permission: 'app:view',
    params: backup,
    response: Backup,
  },
  'backups.remove': {
    summary: 'Remove a backup from its store',
    permission: 'app:destroy',
    sudo: true,
    params: backup,
    response: nothing,
    status: 204,
  },
  'backups.prove': {
    summary: 'Restore a backup into a scratch server, compare, and take that away again',
    permission: 'app:deploy',
    params: backup,
    response: Backup,
    status: 202,
  },
  'backups.restore': {
    summary: 'Restore a backup into a new addon; the old one stays as it is',
    permission: 'app:config',
    sudo: true,
    params: backup,
    response: Restore,
    status: 202,
  },
  'backups.download': {
    summary: 'The file as it lies in the store, or with opened=true what is in it',
    permission: 'app:secrets',
    sudo: true,
    params: backup,
    query: z.object({ opened: z.enum(['true', 'false']).optional() }),
    response: z.unknown(),
    download: true,
  },
  'restores.info': {
    summary: 'One restore',
    permission: 'app:view',
    params: app.extend({ restore: z.string().min(1).max(64) }),
    response: Restore,
  },
  'backups.schedule': {
    summary: 'Back an addon up by itself',
    permission: 'app:deploy',
    params: addon,
    body: PutBackupSchedule,
    response: BackupSchedule,
    help: { fix: 'Say when.', command: "paas backups:schedule ADDON --at '02:00 Europe/Berlin'" },
  },
  'backups.unschedule': {
    summary: 'Stop backing an addon up by itself; backups stay',
    permission: 'app:deploy',
    params: addon,
    response: nothing,
    status: 204,
  },

  'backups.store': {
    summary: 'Where backups are kept',
    permission: 'box:own',
    response: BackupStoreView,
  },
  'backups.setStore': {
    summary: 'Keep new backups elsewhere; it is tried first, and older ones stay where they are',
    permission: 'box:own',
    sudo: true,
    body: SetBackupStore,
    response: BackupStoreView,
  },
  'backups.key': {
    summary: 'Show the recovery key that opens every backup of the box',
    permission: 'box:own',
    sudo: true,
    response: ShownRecoveryKey,
  },
} as const satisfies Record<string, Route>

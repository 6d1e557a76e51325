import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

type BackupOperation =
  | `backups.${'list' | 'create' | 'info' | 'remove' | 'prove' | 'restore' | 'download' | 'schedule' | 'unschedule'}`
  | `backups.${'store' | 'setStore' | 'key'}`
  | 'restores.info'

export function backupHandlers(services: ApiServices): Handlers<BackupOperation> {
  const { activity, backups, backupStores, backupViews, recoveryKeys } = services
  return {
    'backups.list': ({ app, query }) => backupViews.list(app, query),
    'backups.create': ({ actor, app, body }) =>
      backupViews.backup(app, backups.create(actor, app, body.addon, 'manual')),
    'backups.info': ({ app, params }) => backupViews.backup(app, backups.get(app, params.backup)),
    'backups.remove': ({ actor, app, params }) => {
      backups.remove(actor, app, params.backup)
      return null
    },
    'backups.prove': ({ actor, app, params }) => backupViews.backup(app, backups.prove(actor, app, params.backup)),
    'backups.restore': ({ actor, app, params }) => backupViews.restore(app, backups.restore(actor, app, params.backup)),
    'backups.download': ({ actor, app, params, query, signal }) =>
      backups.download(actor, app, params.backup, { opened: query.opened === 'true', signal }),
    'restores.info': ({ app, params }) => backupViews.restore(app, backups.getRestore(app, params.restore)),
    'backups.schedule': ({ actor, app, params, body: { keep, ...times } }) =>
      backupViews.schedule(backups.schedule(actor, app, params.addon, times, keep)),
    'backups.unschedule': ({ actor, app, params }) => {
      backups.unschedule(actor, app, params.addon)
      return null
    },

    'backups.store': () => backupStores.view(),
    'backups.setStore': async ({ actor, body, signal }) => {
      await backupStores.set(body, signal)
      const detail = body.kind === 's3' ? `s3 ${body.endpoint} ${body.bucket}` : 'local'
      activity.record(actor, 'backups.store', detail)
      return backupStores.view()
    },
    'backups.key': async ({ actor }) => {
      const key = await recoveryKeys.show(new Date())
      activity.record(actor, 'backups.key', key.recipient)
      return key
    },
  }
}

import type { Changed } from '../contract/event.ts'
import type { Database } from '../db/database.ts'
import type { WatchedTable } from '../db/row-changes.ts'
import type { Changes } from './changes.ts'

/** Tables whose rows are about apps in another way than by `app_id`; members see an addon wherever it is attached. */
const OTHERS: WatchedTable[] = [
  { name: 'apps', appsOf: (row) => `SELECT ${row}.id AS app_id` },
  { name: 'settings', appsOf: () => 'SELECT NULL AS app_id' },
  {
    name: 'addons',
    appsOf: (row) =>
      `SELECT ${row}.app_id AS app_id UNION SELECT app_id FROM addon_attachments WHERE addon_id = ${row}.id`,
  },
  {
    name: 'addon_conditions',
    appsOf: (row) =>
      `SELECT app_id FROM addons WHERE id = ${row}.addon_id UNION SELECT app_id FROM addon_attachments WHERE addon_id = ${row}.addon_id`,
  },
]

/** What is told where a row of a table is written; of a table that is not here, `app`. */
const WHAT: Record<string, Changed[]> = {
  activity: ['activity'],
  addon_attachments: ['addons', 'config'],
  addon_conditions: ['addons'],
  addon_credentials: ['addons'],
  addons: ['addons'],
  apps: ['apps'],
  backup_restores: ['backups'],
  backup_schedules: ['backups'],
  backups: ['backups'],
  build_settings: ['build'],
  buildpacks: ['build'],
  builds: ['builds'],
  config_vars: ['config'],
  deploys: ['deploys'],
  domains: ['domains'],
  formation: ['formation'],
  members: ['members', 'apps'],
  path_routes: ['routing'],
  releases: ['releases'],
  routing: ['routing'],
  runs: ['runs'],
  settings: ['box'],
}

/** Whatever is written down is told of. */
export function tellOfRows(db: Database, changes: Changes): void {
  db.onRows(OTHERS, (table, appId) => changes.tell(appId, ...(WHAT[table] ?? ['app'])))
}

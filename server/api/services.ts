import type { RequestHandler } from 'express'
import type { Addons } from '../addons/addons.ts'
import type { ArchiveViews } from '../addons/archive/archive-views.ts'
import type { Archives } from '../addons/archive/archives.ts'
import type { Attachments } from '../addons/attachments.ts'
import type { BackupViews } from '../addons/backups/backup-views.ts'
import type { Backups } from '../addons/backups/backups.ts'
import type { RecoveryKeys } from '../addons/backups/recovery-key.ts'
import type { BackupStores } from '../addons/backups/store/stores.ts'
import type { Transfers } from '../addons/transfers/transfers.ts'
import type { Apps } from '../apps/apps.ts'
import type { BuildSettingsStore } from '../apps/build-settings.ts'
import type { BuildpackStore } from '../apps/buildpacks.ts'
import type { Certificates } from '../apps/certificates.ts'
import type { ConfigVarStore } from '../apps/config-vars.ts'
import type { Domains } from '../apps/domains.ts'
import type { PathRoutes } from '../apps/path-routes.ts'
import type { RoutingStore } from '../apps/routing.ts'
import type { Box } from '../contract/box.ts'
import type { AcmeStore } from '../deploys/acme-settings.ts'
import type { BoxSettingsStore } from '../deploys/box-settings.ts'
import type { BuildLimitsStore } from '../deploys/build-limits.ts'
import type { Builds } from '../deploys/builds.ts'
import type { Cron } from '../deploys/cron.ts'
import type { Deploys } from '../deploys/deploys.ts'
import type { Disk } from '../deploys/disk.ts'
import type { DiskSettingsStore } from '../deploys/disk-settings.ts'
import type { OtherWays } from '../deploys/other-ways.ts'
import type { Releases } from '../deploys/releases.ts'
import type { Runs } from '../deploys/runs.ts'
import type { Log } from '../log.ts'
import type { Access } from '../people/access.ts'
import type { ActivityLog } from '../people/activity.ts'
import type { Claims } from '../people/claims.ts'
import type { Keys } from '../people/keys.ts'
import type { Sessions } from '../people/sessions.ts'
import type { SignIn } from '../people/sign-in.ts'
import type { Tokens } from '../people/tokens.ts'
import type { Users } from '../people/users.ts'

import type { Changes } from '../telemetry/changes.ts'
import type { AppLogs } from '../telemetry/logs.ts'
import type { MetricStore } from '../telemetry/metrics.ts'
import type { AppAddresses } from './app-addresses.ts'
import type { IdempotencyTable } from './idempotency.ts'

/** What the API stands on. Each resource names the part of it that it needs. */
export type ApiServices = {
  db: IdempotencyTable
  users: Pick<Users, 'create' | 'findById' | 'list' | 'remove'>
  keys: Pick<Keys, 'add' | 'list' | 'remove'>
  tokens: Pick<Tokens, 'authenticate' | 'create' | 'list' | 'revoke'>
  sessions: Pick<Sessions, 'authenticate' | 'list' | 'end'>
  signIn: Pick<SignIn, 'setUp' | 'signIn' | 'confirm' | 'setPassword'>
  claims: Pick<Claims, 'claim' | 'claimed'>
  access: Pick<Access, 'can' | 'require' | 'members' | 'setMember' | 'removeMember' | 'visibleAppIds'>
  activity: Pick<ActivityLog, 'record' | 'list' | 'listFor'>
  apps: Pick<Apps, 'create' | 'findById' | 'getFor' | 'listFor' | 'rename' | 'setMaintenance' | 'delete'>
  addons: Pick<
    Addons,
    | 'list'
    | 'get'
    | 'named'
    | 'findById'
    | 'conditions'
    | 'create'
    | 'watch'
    | 'info'
    | 'attach'
    | 'detach'
    | 'promote'
    | 'rotate'
    | 'servers'
    | 'rename'
    | 'resize'
    | 'restart'
    | 'destroy'
    | 'upgrade'
    | 'server'
    | 'logins'
    | 'client'
    | 'exposures'
    | 'tunnels'
    | 'appDestroyed'
  >
  attachments: Pick<Attachments, 'ofApp' | 'ofAddon' | 'owners' | 'variables'>
  transfers: Pick<Transfers, 'list' | 'get' | 'progress' | 'export' | 'importFile' | 'importFrom' | 'copy' | 'fork'>
  configVars: Pick<ConfigVarStore, 'all' | 'update'>
  buildSettings: Pick<BuildSettingsStore, 'get' | 'update'>
  buildpacks: BuildpackStore
  certificates: Pick<Certificates, 'all' | 'list' | 'put' | 'remove' | 'check'>
  domains: Pick<Domains, 'list' | 'add' | 'remove'>
  routing: Pick<RoutingStore, 'get' | 'update'>
  paths: Pick<PathRoutes, 'list' | 'add' | 'remove'>
  deploys: Pick<
    Deploys,
    | 'configChanged'
    | 'rollback'
    | 'scale'
    | 'processes'
    | 'restart'
    | 'get'
    | 'watch'
    | 'state'
    | 'instances'
    | 'routesChanged'
    | 'destroy'
  >
  otherWays: Pick<OtherWays, 'upload' | 'image' | 'imageArchive' | 'repository'>
  builds: Pick<Builds, 'list' | 'get' | 'sbom' | 'output' | 'cancel'>
  releases: Pick<Releases, 'list' | 'get'>
  cron: Pick<Cron, 'list' | 'run'>
  runs: Pick<Runs, 'create' | 'exec' | 'startTool' | 'list' | 'stop' | 'redeem'>
  logs: Pick<AppLogs, 'read' | 'remove'>
  metrics: Pick<MetricStore, 'read' | 'follow' | 'remove'>
  changes: Pick<Changes, 'cursorOf' | 'follow' | 'tell'>
  repositories: { remove(app: { id: string }): Promise<void> }
  addresses: AppAddresses
  box: () => Promise<Box>
  boxSettings: Pick<BoxSettingsStore, 'get' | 'defaults' | 'update'>
  disk: Pick<Disk, 'usage' | 'plan' | 'collect'>
  buildLimits: Pick<BuildLimitsStore, 'get' | 'defaults' | 'update'>
  diskSettings: Pick<DiskSettingsStore, 'get' | 'update'>
  acme: Pick<AcmeStore, 'get' | 'update' | 'putZone' | 'removeZone'>
  backups: Pick<
    Backups,
    'create' | 'get' | 'getRestore' | 'remove' | 'prove' | 'restore' | 'download' | 'schedule' | 'unschedule'
  >
  archives: Pick<Archives, 'on' | 'off' | 'restore'>
  archiveViews: Pick<ArchiveViews, 'of'>
  backupViews: Pick<BackupViews, 'list' | 'backup' | 'restore' | 'schedule'>
  backupStores: Pick<BackupStores, 'view' | 'set'>
  recoveryKeys: Pick<RecoveryKeys, 'show'>
  version: string
  log: Log
  /** Between two looks at the rights behind an open stream, milliseconds; a minute unless said otherwise. */
  recheckMs?: number
  /** git's smart HTTP, mounted at /git. */
  gitHandler: RequestHandler
}

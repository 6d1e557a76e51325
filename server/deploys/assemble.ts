import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import type { RouterClient } from '../../router/client.ts'
import type { AppRecord, Apps } from '../apps/apps.ts'
import type { BuildSettingsStore } from '../apps/build-settings.ts'
import type { BuildpackStore } from '../apps/buildpacks.ts'
import type { ConfigVarStore } from '../apps/config-vars.ts'
import type { Domains } from '../apps/domains.ts'
import type { Formation } from '../apps/formation.ts'
import type { PathRoutes } from '../apps/path-routes.ts'
import type { RoutingStore } from '../apps/routing.ts'
import type { Database } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import type { SecretBox } from '../db/secret-box.ts'
import type { Engine } from '../engine/engine.ts'
import type { Faults } from '../faults.ts'
import type { Log } from '../log.ts'
import type { AcmeStore } from './acme-settings.ts'
import type { AddonWishes } from './addon-wishes.ts'
import { AppLocks } from './app-locks.ts'
import type { BoxSettingsStore } from './box-settings.ts'
import { type BuildLimitsStore, builderLimits } from './build-limits.ts'
import { BuildNetwork } from './build-network.ts'
import { BuildOutputs } from './build-output.ts'
import { BuildRunner } from './build-run.ts'
import { BuildSlots } from './build-slots.ts'
import { Builds } from './builds.ts'
import { Convergence } from './convergence.ts'
import { Cron } from './cron.ts'
import { CronJobs } from './cron-jobs.ts'
import { Deploy } from './deploy.ts'
import { DeployRecords } from './deploy-records.ts'
import { DeployScripts } from './deploy-scripts.ts'
import { Disk } from './disk.ts'
import type { DiskSettingsStore } from './disk-settings.ts'
import { Endings } from './endings.ts'
import { InstanceRegistry } from './instance-registry.ts'
import { Instances } from './instances.ts'
import type { DeployNews } from './news.ts'
import { PushToLive } from './push-to-live.ts'
import { Readiness } from './readiness-check.ts'
import { Reconciler } from './reconcile.ts'
import { Recovery } from './recovery.ts'
import { ReleaseChange } from './release-change.ts'
import { ReleasePhase } from './release-phase.ts'
import { type Attached, Releases } from './releases.ts'
import { Restarting } from './restart.ts'
import { RoutePublisher } from './route-publisher.ts'
import { RunRecords } from './run-records.ts'
import { Runs } from './runs.ts'
import { Scaling } from './scale.ts'
import { Settling } from './settle.ts'
import { Turns } from './turns.ts'
import { Uploads } from './uploads.ts'

export type DeploysOptions = {
  db: Database
  box: SecretBox
  boxSettings: BoxSettingsStore
  acme: AcmeStore
  diskSettings: DiskSettingsStore
  buildLimits: BuildLimitsStore
  engine: Engine
  router: RouterClient
  /** Under which the world reaches the router's TLS port; null: there is none. */
  httpsPort: number | null
  apps: Apps
  configVars: ConfigVarStore
  /** What addons give an app. */
  attached: Attached
  buildSettings: BuildSettingsStore
  buildpacks: BuildpackStore
  domains: Domains
  formation: Formation
  routing: RoutingStore
  paths: PathRoutes
  news: DeployNews
  addonWishes: AddonWishes
  appUrl: (app: AppRecord) => string
  /** Where builds keep their source and output. */
  buildsDirectory: string
  /** What of the platform's own state takes how much of the disk. */
  measureState: () => Promise<{ what: string; bytes: number }[]>
  certificateBundle: string | null
  /** Beside the public internet, where sources may be fetched from. */
  sourceHosts: string[]
  builderEnvironment: Record<string, string>
  faults: Faults
  log: Log
}

/** The parts of this wing, each built once and handed what it needs. */
export type Parts = ReturnType<typeof assemble>

export function assemble(options: DeploysOptions) {
  const locks = new AppLocks()
  const { db, engine, router, apps, formation, log, news } = options
  const turns = new Turns()
  const records = new DeployRecords(db, newId('boot'))
  const outputs = new BuildOutputs(options.buildsDirectory)
  const registry = new InstanceRegistry(engine, log)
  const releases = new Releases(db, options.box, options.attached)
  const publisher = new RoutePublisher({ ...options, registry, releases })
  const readiness = new Readiness(engine, router, registry)
  const cancel = (appId: string, buildId: string, reason: string) => {
    const deploy = records.ofBuild(buildId)
    return deploy !== undefined && turns.cancel(appId, deploy.id, reason)
  }
  const builds = new Builds({ db, outputs, directory: options.buildsDirectory, cancel })
  const disk = new Disk({
    ...options,
    builds,
    releases,
    turns,
    directory: dirname(options.buildsDirectory),
    measure: options.measureState,
  })
  const currentRelease = (appId: string) => apps.findById(appId)?.currentRelease ?? null
  const shared = {
    ...options,
    records,
    releases,
    registry,
    publisher,
    readiness,
    locks,
    currentRelease,
    turns,
    builds,
    outputs,
  }
  const endings = new Endings(shared)
  const settling = new Settling(shared)
  const deploy = new Deploy({ ...shared, releasePhase: new ReleasePhase(engine, records) })
  const runner = new BuildRunner({
    endpoint: engine.buildEndpoint,
    limits: () => builderLimits(options.buildLimits.get()),
    network: new BuildNetwork({
      settings: () => options.boxSettings.get(),
      bundle: options.certificateBundle,
      sourceHosts: options.sourceHosts,
      directory: options.buildsDirectory,
    }),
    environment: options.builderEnvironment,
  })
  const runRecords = new RunRecords(db)
  const runs = new Runs({ records: runRecords, engine, registry, releases, formation, news })
  const scripts = new DeployScripts({ runs, releases, log })
  const pushToLive = new PushToLive({
    ...shared,
    endings,
    runner,
    slots: new BuildSlots(availableParallelism() / 2),
    deploy,
    scripts,
    settling,
  })
  const releaseChange = new ReleaseChange({ ...shared, endings, deploy, scripts, settling })
  const cron = new Cron({
    jobs: new CronJobs({ apps, releases }),
    runs,
    records: runRecords,
    news,
    releasedAt: ({ id, currentRelease }) => releases.createdAt(id, currentRelease),
    log,
  })
  return {
    builds,
    releases,
    disk,
    runs,
    cron,
    records,
    runner,
    registry,
    publisher,
    pushToLive,
    releaseChange,
    endings,
    settling,
    turns,
    locks,
    uploads: new Uploads(join(options.buildsDirectory, 'uploads')),
    scaling: new Scaling(shared),
    restarting: new Restarting(shared),
    instances: new Instances({ ...shared }),
    convergence: new Convergence({
      ...shared,
      runs,
      cron,
      reconciler: new Reconciler(shared),
      recovery: new Recovery({ ...shared, endings, pushToLive, releaseChange, scripts, settling }),
    }),
  }
}

import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import type { RouterClient } from '../../router/client.ts'
import type { AppRecord, Apps } from '../apps/apps.ts'
import type { BuildSettingsStore } from '../apps/build-settings.ts'
import type { ConfigVarStore } from '../apps/config-vars.ts'
import type { Domains } from '../apps/domains.ts'
import type { Formation } from '../apps/formation.ts'
import type { PathRoutes } from '../apps/path-routes.ts'
import type { RoutingStore } from '../apps/routing.ts'
import type { AppState } from '../contract/app.ts'
import type { Instance, Process } from '../contract/formation.ts'
import type { Deploy as DeployView } from '../contract/release.ts'
import type { Database } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import type { SecretBox } from '../db/secret-box.ts'
import type { Engine } from '../engine/engine.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Faults } from '../faults.ts'
import type { Log } from '../log.ts'
import { type Actor, actorName } from '../people/actor.ts'
import type { AcmeStore } from './acme-settings.ts'
import { AppLocks } from './app-locks.ts'
import type { BoxSettingsStore } from './box-settings.ts'
import { type BuildLimitsStore, builderLimits } from './build-limits.ts'
import { BuildOutputs } from './build-output.ts'
import { BuildRunner } from './build-run.ts'
import { BuildSlots } from './build-slots.ts'
import { Builds } from './builds.ts'
import { Convergence } from './convergence.ts'
import { Deploy } from './deploy.ts'
import { DeployRecords, deployView } from './deploy-records.ts'
import { Disk } from './disk.ts'
import type { DiskSettingsStore } from './disk-settings.ts'
import { Endings } from './endings.ts'
import { InstanceRegistry } from './instance-registry.ts'
import { Instances } from './instances.ts'
import type { DeployNews } from './news.ts'
import { OtherWays } from './other-ways.ts'
import { type Push, PushToLive } from './push-to-live.ts'
import { Readiness } from './readiness-check.ts'
import { Reconciler } from './reconcile.ts'
import { Recovery } from './recovery.ts'
import { ReleaseChange } from './release-change.ts'
import { ReleasePhase } from './release-phase.ts'
import { Releases } from './releases.ts'
import { Restarting } from './restart.ts'
import { type Platform, RoutePublisher } from './route-publisher.ts'
import { Runs } from './runs.ts'
import { type ScaleChanges, Scaling } from './scale.ts'
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
  buildSettings: BuildSettingsStore
  domains: Domains
  formation: Formation
  routing: RoutingStore
  paths: PathRoutes
  news: DeployNews
  appUrl: (app: AppRecord) => string
  /** Where builds keep their source and output. */
  buildsDirectory: string
  /** What of the platform's own state takes how much of the disk. */
  measureState: () => Promise<{ what: string; bytes: number }[]>
  certificateBundle: string | null
  builderEnvironment: Record<string, string>
  faults: Faults
  log: Log
}

/** The front door of this wing: everything that changes or tells what runs. */
export class Deploys implements AsyncDisposable {
  readonly builds: Builds
  readonly releases: Releases
  readonly runs: Runs
  readonly otherWays: OtherWays
  readonly disk: Disk
  readonly #options: DeploysOptions
  readonly #records: DeployRecords
  readonly #runner: BuildRunner
  readonly #registry: InstanceRegistry
  readonly #publisher: RoutePublisher
  readonly #pushToLive: PushToLive
  readonly #releaseChange: ReleaseChange
  readonly #scaling: Scaling
  readonly #restarting: Restarting
  readonly #instances: Instances
  readonly #convergence: Convergence
  readonly #settling: Settling
  readonly #endings: Endings
  readonly #turns: Turns
  readonly #uploads: Uploads
  readonly #locks = new AppLocks()

  constructor(options: DeploysOptions) {
    this.#options = options
    const { db, engine, router, apps, formation, log, news } = options
    const turns = new Turns()
    const records = new DeployRecords(db, newId('boot'))
    const outputs = new BuildOutputs(options.buildsDirectory)
    const registry = new InstanceRegistry(engine, log)
    const publisher = new RoutePublisher({ ...options, registry })
    const readiness = new Readiness(engine, router, registry)
    const releases = new Releases(db, options.box)
    const cancel = (appId: string, buildId: string, reason: string) => {
      const deploy = records.ofBuild(buildId)
      return deploy !== undefined && turns.cancel(appId, deploy.id, reason)
    }
    const disk = new Disk({
      ...options,
      releases,
      turns,
      directory: dirname(options.buildsDirectory),
      measure: options.measureState,
    })
    const builds = new Builds({ db, outputs, directory: options.buildsDirectory, cancel })
    const currentRelease = (appId: string) => apps.findById(appId)?.currentRelease ?? null
    const shared = {
      ...options,
      records,
      releases,
      registry,
      publisher,
      readiness,
      locks: this.#locks,
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
      certificateBundle: options.certificateBundle,
      environment: options.builderEnvironment,
    })
    const pushToLive = new PushToLive({
      ...shared,
      endings,
      runner,
      slots: new BuildSlots(availableParallelism() / 2),
      deploy,
      settling,
    })
    const releaseChange = new ReleaseChange({ ...shared, endings, deploy, settling })
    this.builds = builds
    this.releases = releases
    this.disk = disk
    this.runs = new Runs({ db, engine, releases, formation, news })
    this.#records = records
    this.#runner = runner
    this.#registry = registry
    this.#publisher = publisher
    this.#pushToLive = pushToLive
    this.#releaseChange = releaseChange
    this.#endings = endings
    this.#turns = turns
    this.#uploads = new Uploads(join(options.buildsDirectory, 'uploads'))
    const admit = () => this.admitPush().then(() => this.expectPush())
    this.otherWays = new OtherWays({
      uploads: this.#uploads,
      pushToLive,
      admit,
      takesImages: engine.buildEndpoint.kind === 'docker',
    })
    this.#settling = settling
    this.#scaling = new Scaling(shared)
    this.#restarting = new Restarting(shared)
    this.#instances = new Instances({ ...shared })
    this.#convergence = new Convergence({
      ...shared,
      runs: this.runs,
      reconciler: new Reconciler(shared),
      recovery: new Recovery({ ...shared, endings, pushToLive, releaseChange, settling }),
    })
  }

  /**
   * Takes up what an earlier life has left, then keeps engine and router equal to the database. Resolves when the first
   * pass is done; an engine that is away is waited for in the background.
   */
  async start(platform: Platform): Promise<void> {
    this.#publisher.setPlatform(platform)
    await this.#uploads.clear()
    await this.#convergence.start()
    void this.disk.watch()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disk[Symbol.dispose]()
    this.#settling.close()
    this.#endings[Symbol.dispose]()
    await this.#runner[Symbol.asyncDispose]()
    await this.#convergence[Symbol.asyncDispose]()
  }

  /** Before anything of a push is written. Throws `disk.full` or `engine.unavailable` when the box cannot take it now. */
  async admitPush(): Promise<void> {
    await Promise.all([this.disk.requireSpace(), this.#convergence.requireEngine()])
  }

  push(push: Push): Promise<{ accepted: boolean }> {
    return this.#pushToLive.receive(push)
  }

  /** Called when a push begins to arrive: a builder is made ready meanwhile. */
  expectPush(): void {
    this.#runner.prepare()
  }

  configChanged(
    actor: Actor,
    app: AppRecord,
    changed: string[],
    description: string,
  ): { release: number; deploy: string } | null {
    return changed.length === 0 ? null : this.#releaseChange.configChanged(actor, app, description)
  }

  rollback(actor: Actor, app: AppRecord, to?: number): { release: number; deploy: string } {
    return this.#releaseChange.rollback(actor, app, to)
  }

  async scale(_actor: Actor, app: AppRecord, changes: ScaleChanges): Promise<Process[]> {
    return await this.#scaling.scale(app, changes)
  }

  processes(app: AppRecord): Process[] {
    return this.#scaling.processes(app)
  }

  async restart(_actor: Actor, app: AppRecord, process?: string): Promise<Instance[]> {
    await this.#restarting.restart(app, process)
    return await this.instances(app, false)
  }

  get(app: AppRecord, id: string): DeployView {
    const record = this.#records.get(id)
    if (record.appId === app.id) return deployView(record, app.name)
    throw new PaasError('not-found', 'deploy.not-found', `There is no deploy ${id}.`)
  }

  async *watch(app: AppRecord, id: string, signal: AbortSignal): AsyncGenerator<DeployView> {
    this.get(app, id)
    for await (const record of this.#records.watch(id, signal)) yield deployView(record, app.name)
  }

  state(app: AppRecord): AppState {
    return this.#instances.state(app)
  }

  instances(app: AppRecord, stats: boolean): Promise<Instance[]> {
    return this.#instances.list(app, stats)
  }

  /** Closes every gap between the database and the engine now. */
  reconcile(): Promise<void> {
    return this.#convergence.converge()
  }

  /** How many instances run on the box. */
  runningInstances(): number {
    return this.#registry.all().filter((instance) => instance.state === 'running').length
  }

  /** After a rename, maintenance, a domain: resolves when the router has it. */
  routesChanged(): Promise<void> {
    return this.#publisher.publish()
  }

  /** Its deploys end, it leaves the table, the engine lets go of it. The row is deleted by the caller, last. */
  async destroy(actor: Actor, app: AppRecord): Promise<void> {
    using _ = await this.#turns.close(app.id, `The app was destroyed by ${actorName(actor)}.`)
    await this.#locks.hold(app.id, async () => {
      this.#options.apps.setCurrentRelease(app.id, null)
      await this.#publisher
        .publish()
        .catch((error: unknown) => this.#options.log.warn('destroy.routes', { reason: messageOf(error) }))
      await Promise.all([this.#options.engine.removeApp(app.id), this.builds.forgetAll(app.id)])
      this.#registry.forget(this.#registry.of(app.id).map(({ id }) => id))
    })
  }
}

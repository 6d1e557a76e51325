import type { AppRecord } from '../apps/apps.ts'
import type { AppState } from '../contract/app.ts'
import type { Instance, Process } from '../contract/formation.ts'
import type { Deploy as DeployView } from '../contract/release.ts'
import { messageOf, PaasError } from '../errors.ts'
import { type Actor, actorName } from '../people/actor.ts'
import { assemble, type DeploysOptions, type Parts } from './assemble.ts'
import type { Builds } from './builds.ts'
import type { Cron } from './cron.ts'
import { deployView } from './deploy-records.ts'
import type { Disk } from './disk.ts'
import { OtherWays } from './other-ways.ts'
import type { Push } from './push-to-live.ts'
import type { Releases } from './releases.ts'
import type { Platform } from './route-publisher.ts'
import type { Runs } from './runs.ts'
import type { ScaleChanges } from './scale.ts'

/** The front door of this wing: everything that changes or tells what runs. */
export class Deploys implements AsyncDisposable {
  readonly builds: Builds
  readonly releases: Releases
  readonly runs: Runs
  readonly cron: Cron
  readonly otherWays: OtherWays
  readonly disk: Disk
  readonly #options: DeploysOptions
  readonly #parts: Parts

  constructor(options: DeploysOptions) {
    const parts = assemble(options)
    this.#options = options
    this.#parts = parts
    this.builds = parts.builds
    this.releases = parts.releases
    this.runs = parts.runs
    this.cron = parts.cron
    this.disk = parts.disk
    const admit = () => this.admitPush().then(() => this.expectPush())
    const takesImages = options.engine.buildEndpoint.kind === 'docker'
    this.otherWays = new OtherWays({ uploads: parts.uploads, pushToLive: parts.pushToLive, admit, takesImages })
  }

  /**
   * Takes up what an earlier life has left, then keeps engine and router equal to the database. Resolves when the first
   * pass is done; an engine that is away is waited for in the background.
   */
  async start(platform: Platform): Promise<void> {
    this.#parts.publisher.setPlatform(platform)
    await this.#parts.uploads.clear()
    await this.#parts.convergence.start()
    void this.disk.watch()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disk[Symbol.dispose]()
    await this.cron[Symbol.asyncDispose]()
    this.#parts.settling.close()
    this.#parts.endings[Symbol.dispose]()
    await this.#parts.runner[Symbol.asyncDispose]()
    await this.#parts.convergence[Symbol.asyncDispose]()
  }

  /** Before anything of a push is written. Throws `disk.full` or `engine.unavailable` when the box cannot take it now. */
  async admitPush(): Promise<void> {
    await Promise.all([this.disk.requireSpace(), this.#parts.convergence.requireEngine()])
  }

  push(push: Push): Promise<{ accepted: boolean }> {
    return this.#parts.pushToLive.receive(push)
  }

  /** Called when a push begins to arrive: a builder is made ready meanwhile. */
  expectPush(): void {
    this.#parts.runner.prepare()
  }

  configChanged(
    actor: Actor,
    app: AppRecord,
    changed: string[],
    description: string,
  ): { release: number; deploy: string } | null {
    return changed.length === 0 ? null : this.#parts.releaseChange.configChanged(actor, app, description)
  }

  rollback(actor: Actor, app: AppRecord, to?: number): { release: number; deploy: string } {
    return this.#parts.releaseChange.rollback(actor, app, to)
  }

  async scale(_actor: Actor, app: AppRecord, changes: ScaleChanges): Promise<Process[]> {
    return await this.#parts.scaling.scale(app, changes)
  }

  processes(app: AppRecord): Process[] {
    return this.#parts.scaling.processes(app)
  }

  async restart(_actor: Actor, app: AppRecord, process?: string): Promise<Instance[]> {
    await this.#parts.restarting.restart(app, process)
    return await this.instances(app, false)
  }

  get(app: AppRecord, id: string): DeployView {
    const record = this.#parts.records.get(id)
    if (record.appId === app.id) return deployView(record, app.name)
    throw new PaasError('not-found', 'deploy.not-found', `There is no deploy ${id}.`)
  }

  async *watch(app: AppRecord, id: string, signal: AbortSignal): AsyncGenerator<DeployView> {
    this.get(app, id)
    for await (const record of this.#parts.records.watch(id, signal)) yield deployView(record, app.name)
  }

  state(app: AppRecord): AppState {
    return this.#parts.instances.state(app)
  }

  instances(app: AppRecord, stats: boolean): Promise<Instance[]> {
    return this.#parts.instances.list(app, stats)
  }

  /** Closes every gap between the database and the engine now. */
  reconcile(): Promise<void> {
    return this.#parts.convergence.converge()
  }

  /** How many instances run on the box. */
  runningInstances(): number {
    return this.#parts.registry.all().filter((instance) => instance.state === 'running').length
  }

  /** After a rename, maintenance, a domain: resolves when the router has it. */
  routesChanged(): Promise<void> {
    return this.#parts.publisher.publish()
  }

  /** Its deploys end, it leaves the table, the engine lets go of it. The row is deleted by the caller, last. */
  async destroy(actor: Actor, app: AppRecord): Promise<void> {
    using _ = await this.#parts.turns.close(app.id, `The app was destroyed by ${actorName(actor)}.`)
    await this.#parts.locks.hold(app.id, async () => {
      this.#options.apps.setCurrentRelease(app.id, null)
      await this.#parts.publisher
        .publish()
        .catch((error: unknown) => this.#options.log.warn('destroy.routes', { reason: messageOf(error) }))
      await Promise.all([this.#options.engine.removeApp(app.id), this.builds.forgetAll(app.id)])
      this.#parts.registry.forget(this.#parts.registry.of(app.id).map(({ id }) => id))
    })
  }
}

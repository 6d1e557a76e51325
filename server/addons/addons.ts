import type { Readable } from 'node:stream'
import type { AppRecord } from '../apps/apps.ts'
import type { Database } from '../db/database.ts'
import type { SecretBox } from '../db/secret-box.ts'
import type { Tool } from '../deploys/runs.ts'
import type { Engine } from '../engine/engine.ts'
import { PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../people/actor.ts'
import { type AddonRecord, type Destruction, type ServerRecord, wasNeverMade } from './addon-records.ts'
import { AddonRows } from './addon-rows.ts'
import type { Info } from './addon-service.ts'
import { AddonTasks, type TasksParts } from './addon-tasks.ts'
import { Attachments } from './attachments.ts'
import { busy, notAttached, requireAvailable } from './available.ts'
import { Binding, type BindingParts, type Change } from './binding.ts'
import { Checkup, type CheckupParts } from './conditions/checkup.ts'
import { Conditions, type ConditionsParts } from './conditions/conditions.ts'
import { type CredentialRecord, Credentials } from './credentials.ts'
import { Exposures } from './exposures.ts'
import { type NewAddon, Openings } from './openings.ts'
import { destroyedMeanwhile, noClient, notDestroyed, otherKind } from './refusals.ts'
import { Retirement } from './retirement.ts'
import { databaseOf, Servers } from './servers.ts'
import { copiesOf, planNamed, serviceNamed } from './services.ts'
import { Tunnels } from './tunnels.ts'
import { requireFit } from './upgrade-fit.ts'
import { Upkeep } from './upkeep.ts'

/** What the box remembers of addons. */
export type AddonStores = { addonRows: AddonRows; credentials: Credentials; attachments: Attachments }

export function openAddonStores(db: Database, box: SecretBox): AddonStores {
  const addonRows = new AddonRows(db)
  const credentials = new Credentials(db, box)
  return { addonRows, credentials, attachments: new Attachments(db, addonRows, credentials) }
}

/** For psql with a large answer. */
const CLIENT_MEMORY_MB = 256

export type AddonsOptions = Pick<BindingParts, 'apps' | 'configVars' | 'db' | 'deploys'> &
  Pick<TasksParts, 'beforeDestroy'> &
  Pick<ConditionsParts, 'activity'> &
  Pick<CheckupParts, 'checkEveryMs'> & { engine: Engine; box: SecretBox; log: Log } & AddonStores

/** The front door of this wing. Addons are found through an app: its own, and those attached to it. */
export class Addons implements AsyncDisposable {
  readonly attachments: Attachments
  readonly conditions: Conditions
  readonly credentials: Credentials
  readonly servers: Servers
  readonly #rows: AddonRows
  readonly #binding: Binding
  readonly #tasks: AddonTasks
  readonly #openings: Openings
  readonly #upkeep: Upkeep
  /** Ways from outside. */
  readonly exposures: Exposures
  readonly tunnels: Tunnels

  constructor(options: AddonsOptions) {
    const { addonRows: rows, attachments, credentials } = options
    this.#rows = rows
    this.credentials = credentials
    this.attachments = attachments
    this.servers = new Servers({ ...options, rows })
    const shared = { ...options, rows, servers: this.servers }
    this.#binding = new Binding(shared)
    this.#tasks = new AddonTasks({ ...shared, binding: this.#binding })
    this.#openings = new Openings({ ...shared, binding: this.#binding })
    this.exposures = new Exposures(shared)
    this.tunnels = new Tunnels(shared)
    this.conditions = new Conditions(shared)
    const watched = { ...shared, conditions: this.conditions }
    const checkup = new Checkup(watched)
    this.#upkeep = new Upkeep({ ...watched, retirement: new Retirement(shared), checkup, locks: this.#tasks.locks })
  }

  /** Takes up what an earlier life has left, then keeps servers running. */
  async start(): Promise<void> {
    this.#tasks.resume()
    await this.exposures.restore()
    await this.#upkeep.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.exposures.closeAll()
    this.tunnels.closeAll()
    await this.#tasks.close()
    await this.#upkeep[Symbol.asyncDispose]()
  }

  /** Written down when it returns; made in the background. Throws what is wrong with the wish. */
  async create(actor: Actor, app: AppRecord, wish: NewAddon): Promise<AddonRecord> {
    const addon = await this.#openings.create(actor, app, wish)
    this.#tasks.begin(addon.id, actor)
    return addon
  }

  /** The app's own and those attached to it, by name. */
  list(app: AppRecord): AddonRecord[] {
    const attached = new Set(this.attachments.ofApp(app.id).map(({ addonId }) => addonId))
    return this.#rows.all().filter((addon) => addon.appId === app.id || attached.has(addon.id))
  }

  /** By its name, its id, or the name or variable of an attachment. Throws `addon.not-found`. */
  get(app: AppRecord, wanted: string): AddonRecord {
    const name = wanted.replace(/_URL$/, '')
    const attached = this.attachments.find(app.id, name)?.addonId
    const found = this.list(app).find(({ id, name: own }) => own === wanted || id === wanted || id === attached)
    if (found) return found
    throw new PaasError('not-found', 'addon.not-found', `${app.name} has no addon ${wanted}.`, {
      fix: 'See which it has.',
      command: `paas addons -a ${app.name}`,
    })
  }

  /** Of any app: whether the actor may know of it is the caller's to ask. */
  named(name: string): AddonRecord | undefined {
    return this.#rows.named(name)
  }

  findById(id: string): AddonRecord | undefined {
    return this.#rows.find(id)
  }

  server(addon: AddonRecord): ServerRecord {
    return this.#rows.server(addon.serverId)
  }

  /** Every state and step from now on, until nothing is being done or the signal fires. */
  async *watch(id: string, signal: AbortSignal): AsyncGenerator<AddonRecord> {
    for (;;) {
      const changed = this.#tasks.changed(id, signal)
      const addon = this.#rows.find(id)
      if (!addon || signal.aborted) return
      yield addon
      if (addon.state === 'available' || addon.state === 'failed') return
      await changed
    }
  }

  async info(addon: AddonRecord): Promise<Info> {
    if (addon.state !== 'available') return []
    const access = await this.servers.access(this.server(addon))
    const service = serviceNamed(addon.service)
    return await service.info(access, databaseOf(addon), planNamed(service, addon.plan))
  }

  /** Each with what an app is given for it. */
  logins(addon: AddonRecord): (CredentialRecord & { url: string })[] {
    const { host, port } = this.server(addon)
    const { url } = serviceNamed(addon.service)
    const database = databaseOf(addon)
    const endpoint = { host, port: port ?? 0 }
    return this.credentials.of(addon.id).map((login) => ({ ...login, url: url(database, login, endpoint) }))
  }

  /** What people type into, in the name of an app. Throws `addon.not-attached`, `addon.no-client`. */
  client(addon: AddonRecord, app: AppRecord): Tool {
    const { host, port, image, memoryMb } = this.server(addon)
    const login = this.credentials.current(addon.id, app.id)
    if (!login || port === null || image === null) throw notAttached(addon, app)
    const { client, title } = serviceNamed(addon.service)
    if (!client) throw noClient(addon, title)
    const { command, environment } = client(databaseOf(addon), login, { host, port })
    return { image, command, environment, memoryMb: Math.max(memoryMb, CLIENT_MEMORY_MB) }
  }

  /** Throws `attachment.taken`. */
  attach(actor: Actor, addon: AddonRecord, app: AppRecord, as: string | null): Promise<Change> {
    return this.whileAvailable(addon, () => this.#binding.attach(actor, addon, app, as))
  }

  detach(actor: Actor, app: AppRecord, name: string): Change {
    return this.#binding.detach(actor, app, name)
  }

  rotate(actor: Actor, addon: AddonRecord, app: AppRecord): Promise<Change> {
    return this.whileAvailable(addon, () => this.#binding.rotate(actor, addon, app))
  }

  promote(actor: Actor, addon: AddonRecord, app: AppRecord): Promise<Change> {
    return this.whileAvailable(addon, async () => this.#binding.promote(actor, addon, app))
  }

  rename(addon: AddonRecord, name: string): AddonRecord {
    this.#openings.requireFreeName(name)
    return this.#rows.change(addon.id, { name })
  }

  /** Its server is down for some seconds. Throws `addon.unknown-plan`, `addon.plan` for one of the other kind. */
  resize(actor: Actor, addon: AddonRecord, plan: string): AddonRecord {
    const wanted = planNamed(serviceNamed(addon.service), plan)
    if (wanted.shared !== this.server(addon).shared) throw otherKind(addon, plan)
    if (wasNeverMade(addon)) throw busy(addon)
    return this.#change(actor, addon, { do: 'resize', plan })
  }

  /** One whose making failed is made then. */
  restart(actor: Actor, addon: AddonRecord): AddonRecord {
    if (wasNeverMade(addon)) return this.#begin(actor, addon, { state: 'creating' })
    return this.#change(actor, addon, { do: 'restart' })
  }

  /**
   * To the server of an addon that nobody uses yet, which is called otherwise then and keeps the old one; or only a rehearsal of
   * it. Throws `upgrade.not-fit`.
   */
  upgrade(actor: Actor, addon: AddonRecord, to: AddonRecord, { rehearse }: { rehearse: boolean }): AddonRecord {
    for (const each of [addon, to]) requireAvailable(each)
    requireFit(addon, to, { rows: this.#rows, attachments: this.attachments })
    return this.#begin(actor, addon, { state: 'changing', task: { do: 'upgrade', to: to.id, rehearse } })
  }

  /** With all its data, of which a last backup is made first, unless nobody wants it or nothing was ever in it. */
  destroy(actor: Actor, addon: AddonRecord, { backup }: { backup: boolean } = { backup: true }): AddonRecord {
    this.exposures.unexpose(addon)
    const task: Destruction = backup && !wasNeverMade(addon) ? { do: 'destroy' } : { do: 'destroy', backup: false }
    return this.#begin(actor, addon, { state: 'destroying', task })
  }

  /** Resolves when nothing is being done with it; how that went is told by the row. */
  async settled(id: string): Promise<AddonRecord | undefined> {
    await this.#tasks.settled(id)
    return this.#rows.find(id)
  }

  /** Of an app that is about to be deleted: its addons go with it, but for those that other apps use, which pass to one of them. */
  async appDestroyed(actor: Actor, app: AppRecord): Promise<void> {
    for (const { name } of this.attachments.ofApp(app.id)) this.#binding.detach(actor, app, name)
    for (const addon of this.#rows.ownedBy(app.id)) {
      const heir = this.attachments.ofAddon(addon.id)[0]
      if (heir) this.#rows.change(addon.id, { appId: heir.appId })
      else await this.#gone(actor, app, addon)
    }
  }

  /** All of it as one stream, consistent at one moment. Throws `addon.no-copies`. */
  async backup(addon: AddonRecord, signal: AbortSignal): Promise<Readable> {
    const access = await this.servers.access(this.server(addon))
    return (await copiesOf(serviceNamed(addon.service)).backup(access, databaseOf(addon), signal)).stream
  }

  /** Into an addon that holds nothing yet. */
  async restore(addon: AddonRecord, from: Readable, signal: AbortSignal): Promise<void> {
    const access = await this.servers.access(this.server(addon))
    await copiesOf(serviceNamed(addon.service)).restore(access, databaseOf(addon), from, signal)
  }

  /** Closes every gap between the rows and the engine now. Never throws. */
  look(): Promise<void> {
    return this.#upkeep.look()
  }

  #change(actor: Actor, addon: AddonRecord, task: { do: 'resize'; plan: string } | { do: 'restart' }): AddonRecord {
    if (addon.state !== 'available' && addon.state !== 'failed') throw busy(addon)
    return this.#begin(actor, addon, { state: 'changing', task })
  }

  #begin(actor: Actor, { id }: AddonRecord, doing: Pick<Partial<AddonRecord>, 'state' | 'task'>): AddonRecord {
    const begun = this.#rows.change(id, { ...doing, reason: null })
    this.#tasks.begin(id, actor)
    return begun
  }

  async #gone(actor: Actor, app: AppRecord, addon: AddonRecord): Promise<void> {
    await this.#tasks.settled(addon.id)
    const settled = this.#rows.find(addon.id)
    if (!settled) return
    this.destroy(actor, settled)
    const left = await this.settled(addon.id)
    if (left) throw notDestroyed(left, app)
  }

  /** Alone with its server, and only while it is available. Throws `addon.busy`. */
  async whileAvailable<T>(addon: AddonRecord, work: () => Promise<T>): Promise<T> {
    requireAvailable(addon)
    return await this.#tasks.locks.hold(addon.serverId, async () => {
      // Until its turn came somebody else had one.
      const now = this.#rows.find(addon.id)
      if (!now) throw destroyedMeanwhile(addon)
      requireAvailable(now)
      return await work()
    })
  }
}

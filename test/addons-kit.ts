import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AddonStores, Addons, openAddonStores } from '../server/addons/addons.ts'
import type { ArchiveTimes } from '../server/addons/archive/archiver.ts'
import { AddonThings } from '../server/addons/backups/addon-things.ts'
import {
  type OpenedArchives,
  type OpenedBackups,
  openBackups,
  openBackupsAndArchives,
} from '../server/addons/backups/open.ts'
import { type AppRecord, Apps } from '../server/apps/apps.ts'
import { ConfigVarStore } from '../server/apps/config-vars.ts'
import { Database } from '../server/db/database.ts'
import { SecretBox } from '../server/db/secret-box.ts'
import { Settings } from '../server/db/settings.ts'
import { EmbeddedEngine } from '../server/engine/embedded.ts'
import type { Engine } from '../server/engine/engine.ts'
import { createLog } from '../server/log.ts'
import { Access } from '../server/people/access.ts'
import type { Actor } from '../server/people/actor.ts'
import { Users } from '../server/people/users.ts'

type MakeEngine = (directory: string) => Engine

const embedded: MakeEngine = (directory) =>
  new EmbeddedEngine({ directory: join(directory, 'embedded'), log: createLog('test', 'error') })

/** For tests: addons on a real engine, with a database of the box that outlives a restart; deploys only take notes. */
export class AddonsKit implements AsyncDisposable {
  readonly directory: string
  readonly db: Database
  readonly box: SecretBox
  readonly apps: Apps
  readonly configVars: ConfigVarStore
  readonly stores: AddonStores
  readonly actor: Actor
  readonly released: string[] = []
  /** What the activity of apps has heard. */
  readonly told: string[] = []
  /** What the last backups were asked of. */
  readonly leaving: string[] = []
  /** Makes the last backups fail with it. */
  noBackup: Error | undefined
  readonly #makeEngine: MakeEngine
  engine: Engine
  addons: Addons

  private constructor(makeEngine: MakeEngine, before?: AddonsKit) {
    this.directory = before?.directory ?? mkdtempSync(join(tmpdir(), 'paas-addons-'))
    if (!before) SecretBox.create(join(this.directory, 'secret.key'))
    this.box = SecretBox.open(join(this.directory, 'secret.key'))
    this.db = Database.open(join(this.directory, 'paas.db'))
    const user = before ? null : new Users(this.db).create('ada', { boxOwner: true })
    this.actor = before?.actor ?? { user, scope: 'admin', via: 'api' }
    this.apps = new Apps(this.db, new Access(this.db))
    this.configVars = new ConfigVarStore(this.db, this.box)
    this.stores = openAddonStores(this.db, this.box)
    this.#makeEngine = makeEngine
    this.engine = makeEngine(this.directory)
    this.addons = this.#makeAddons()
  }

  static async start(makeEngine: MakeEngine = embedded): Promise<AddonsKit> {
    const kit = new AddonsKit(makeEngine)
    await kit.engine.start()
    return kit
  }

  /** The next life of a server that was stopped; the earlier kit is of no use any more. */
  static async after(before: AddonsKit): Promise<AddonsKit> {
    const kit = new AddonsKit(before.#makeEngine, before)
    await kit.engine.start()
    await kit.addons.start()
    return kit
  }

  app(name: string): AppRecord {
    return this.apps.create(this.actor, name)
  }

  /** Available, or the reason is thrown. */
  async make(app: AppRecord, service: string, wish: Partial<Parameters<Addons['create']>[2]> = {}) {
    const { id } = await this.addons.create(this.actor, app, { service, attach: true, ...wish })
    const addon = await this.addons.settled(id)
    if (addon?.state !== 'available') throw new Error(`${service} is ${addon?.state}: ${addon?.reason}`)
    return addon
  }

  variables(app: AppRecord): Record<string, string> {
    return this.addons.attachments.variables(app.id)
  }

  /** The machinery of backups of these addons, which the caller starts and closes. */
  openBackups(): OpenedBackups {
    return openBackups(this.#backing([]))
  }

  /** With that of archives; `told` gets what the activity would. */
  openArchives(told: string[], times: Partial<ArchiveTimes>): OpenedArchives {
    const { addons, apps, stores } = this
    return openBackupsAndArchives(this.#backing(told), { addons, rows: stores.addonRows, apps, times })
  }

  /** All of it; what runs goes on. */
  async stopServer(): Promise<void> {
    await this.addons[Symbol.asyncDispose]()
    await this.engine[Symbol.asyncDispose]()
    this.db[Symbol.dispose]()
  }

  /** As a server that was killed and started again: what runs goes on meanwhile. */
  async restartServer(): Promise<void> {
    await this.addons[Symbol.asyncDispose]()
    await this.engine[Symbol.asyncDispose]()
    this.engine = this.#makeEngine(this.directory)
    await this.engine.start()
    this.addons = this.#makeAddons()
    await this.addons.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.addons[Symbol.asyncDispose]()
    const { engine } = this
    for (const { id } of this.stores.addonRows.servers()) {
      await engine.remove({ app: id, release: 1, processType: 'server' }, 0)
      await engine.removeApp(id)
      await engine.removeData(id)
    }
    await engine[Symbol.asyncDispose]()
    this.db[Symbol.dispose]()
    rmSync(this.directory, { recursive: true, force: true })
  }

  #backing(told: string[]): Parameters<typeof openBackups>[0] {
    const { addons, apps, box, db } = this
    return {
      ...{ db, box, settings: new Settings(db), boxId: 'box_1', directory: join(this.directory, 'backups') },
      things: new AddonThings({ addons, rows: this.stores.addonRows, apps, box }),
      activity: { record: (_actor, action, detail) => void told.push(`${action} ${detail}`) },
      nameOfApp: (id) => apps.findById(id)?.name,
      requireSpace: async () => undefined,
      log: createLog('test', 'error'),
    }
  }

  #makeAddons(): Addons {
    return new Addons({
      ...this.stores,
      db: this.db,
      box: this.box,
      apps: this.apps,
      configVars: this.configVars,
      engine: this.engine,
      deploys: { configChanged: (_actor, app, names, text) => this.#release(app, names, text) },
      beforeDestroy: async ({ name }) => {
        if (this.noBackup) throw this.noBackup
        this.leaving.push(name)
      },
      activity: { record: (_actor, action, detail, app) => void this.told.push(`${app?.name}: ${action} ${detail}`) },
      checkEveryMs: 0,
      log: createLog('test', 'error'),
    })
  }

  /** Numbers as an app with one release would get them; the app has none, so nothing runs. */
  #release(app: AppRecord, names: string[], text: string): null {
    this.released.push(`${app.name}: ${text} [${names.join(' ')}]`)
    return null
  }
}

import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RouterEvent } from '../router/contract/event.ts'
import { Addons, openAddonStores } from '../server/addons/addons.ts'
import type { Attachments } from '../server/addons/attachments.ts'
import { FakeThings } from '../server/addons/backups/fake-things.ts'
import { type OpenedArchives, type OpenedBackups, openBackupsAndArchives } from '../server/addons/backups/open.ts'
import { TransferRecords } from '../server/addons/transfers/transfer-records.ts'
import { Transfers } from '../server/addons/transfers/transfers.ts'
import { createApi } from '../server/api/api.ts'
import type { ApiServices } from '../server/api/services.ts'
import { Apps } from '../server/apps/apps.ts'
import { BuildSettingsStore } from '../server/apps/build-settings.ts'
import { BuildpackStore } from '../server/apps/buildpacks.ts'
import { Certificates } from '../server/apps/certificates.ts'
import { ConfigVarStore } from '../server/apps/config-vars.ts'
import { Domains } from '../server/apps/domains.ts'
import { PathRoutes } from '../server/apps/path-routes.ts'
import { RoutingStore } from '../server/apps/routing.ts'
import { type Client, createClient } from '../server/contract/client.ts'
import type { TokenScope } from '../server/contract/user.ts'
import { Database } from '../server/db/database.ts'
import { SecretBox } from '../server/db/secret-box.ts'
import { Settings } from '../server/db/settings.ts'
import { AcmeStore } from '../server/deploys/acme-settings.ts'
import { BoxSettingsStore } from '../server/deploys/box-settings.ts'
import { type BuildLimitsStore, buildLimits } from '../server/deploys/build-limits.ts'
import { type DiskSettingsStore, diskSettings } from '../server/deploys/disk-settings.ts'
import type { Engine } from '../server/engine/engine.ts'
import { createLog } from '../server/log.ts'
import { Access } from '../server/people/access.ts'
import { ActivityLog } from '../server/people/activity.ts'
import type { UserRecord } from '../server/people/actor.ts'
import { Claims } from '../server/people/claims.ts'
import { Keys } from '../server/people/keys.ts'
import { Passwords } from '../server/people/passwords.ts'
import { Sessions } from '../server/people/sessions.ts'
import { SignIn } from '../server/people/sign-in.ts'
import { Tokens } from '../server/people/tokens.ts'
import { Users } from '../server/people/users.ts'
import { tellOfRows } from '../server/telemetry/changed-rows.ts'
import { Changes } from '../server/telemetry/changes.ts'
import { Feed } from '../server/telemetry/fake-engine.ts'
import { MetricStore } from '../server/telemetry/metrics.ts'
import {
  FakeBuilds,
  FakeDeploys,
  FakeDisk,
  FakeLogs,
  FakeOtherWays,
  FakeReleases,
  FakeRouter,
  NoEngine,
} from './api-fakes.ts'
import { FakeCron, FakeRuns } from './run-fakes.ts'

/** For tests: the API on a free port over a real database, with deploys, builds, runs and logs played by fakes. */
export class ApiKit implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'paas-api-'))
  readonly #server: Server
  readonly db: Database
  readonly users: Users
  readonly tokens: Tokens
  readonly claims: Claims
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly keys: Keys
  readonly access: Access
  readonly activity: ActivityLog
  readonly apps: Apps
  readonly addons: Addons
  readonly transfers: Transfers
  readonly attachments: Attachments
  readonly configVars: ConfigVarStore
  readonly buildSettings: BuildSettingsStore
  readonly buildpacks: BuildpackStore
  readonly domains: Domains
  readonly routing: RoutingStore
  readonly paths: PathRoutes
  readonly router = new FakeRouter()
  readonly certificates: Certificates
  readonly settings: Settings
  readonly boxSettings: BoxSettingsStore
  readonly acme: AcmeStore
  readonly diskSettings: DiskSettingsStore
  readonly buildLimits: BuildLimitsStore
  readonly disk: FakeDisk
  readonly things = new FakeThings()
  readonly archives: OpenedArchives['archives']
  readonly archiveViews: OpenedArchives['archiveViews']
  readonly backups: OpenedBackups['backups']
  readonly backupViews: OpenedBackups['backupViews']
  readonly backupStores: OpenedBackups['backupStores']
  readonly recoveryKeys: OpenedBackups['recoveryKeys']
  readonly deploys = new FakeDeploys()
  readonly builds = new FakeBuilds()
  readonly otherWays = new FakeOtherWays()
  readonly releases = new FakeReleases()
  readonly runs = new FakeRuns()
  readonly cron = new FakeCron()
  readonly logs = new FakeLogs()
  readonly metrics: MetricStore
  readonly changes = new Changes('boot')
  readonly removedRepositories: string[] = []
  readonly logged: string[] = []
  readonly alice: UserRecord

  private constructor(overrides: Partial<ApiServices>) {
    SecretBox.create(join(this.#directory, 'secret.key'))
    this.db = Database.open(join(this.#directory, 'paas.db'))
    tellOfRows(this.db, this.changes)
    const settings = new Settings(this.db)
    this.settings = settings
    settings.set('base_domain', 'paas.test')
    this.users = new Users(this.db)
    this.tokens = new Tokens(this.db)
    this.claims = new Claims(this.db, this.users, this.tokens)
    this.sessions = new Sessions(this.db)
    const passwords = new Passwords(this.db)
    this.signIn = new SignIn({ users: this.users, claims: this.claims, sessions: this.sessions, passwords })
    this.keys = new Keys(this.db)
    this.access = new Access(this.db)
    this.activity = new ActivityLog(this.db)
    this.apps = new Apps(this.db, this.access)
    const box = SecretBox.open(join(this.#directory, 'secret.key'))
    this.buildSettings = new BuildSettingsStore(this.db)
    this.buildpacks = new BuildpackStore(this.db)
    this.configVars = new ConfigVarStore(this.db, box)
    this.domains = new Domains(this.db, settings)
    this.routing = new RoutingStore(this.db, this.domains)
    this.paths = new PathRoutes(this.db, this.apps, this.domains, this.access)
    this.certificates = new Certificates(this.router, this.domains)
    this.boxSettings = new BoxSettingsStore(settings, this.domains, 'paas.test')
    this.diskSettings = diskSettings(settings)
    this.buildLimits = buildLimits(settings)
    this.disk = new FakeDisk(this.diskSettings)
    const log = createLog('test', 'debug', (line) => this.logged.push(line))
    this.acme = new AcmeStore({ settings, box, enabled: true, log })
    const stores = openAddonStores(this.db, box)
    this.attachments = stores.attachments
    this.addons = new Addons({
      ...stores,
      db: this.db,
      box,
      apps: this.apps,
      configVars: this.configVars,
      engine: new NoEngine() as unknown as Engine,
      deploys: this.deploys,
      activity: this.activity,
      beforeDestroy: async () => {},
      log,
    })
    const opened = openBackupsAndArchives(
      {
        db: this.db,
        box,
        settings,
        directory: join(this.#directory, 'backups'),
        boxId: 'box_1',
        things: this.things,
        activity: this.activity,
        nameOfApp: (id) => this.apps.findById(id)?.name,
        requireSpace: async () => undefined,
        log,
      },
      { addons: this.addons, rows: stores.addonRows, apps: this.apps },
    )
    this.archives = opened.archives
    this.archiveViews = opened.archiveViews
    this.transfers = new Transfers({
      ...{ addons: this.addons, things: this.things, activity: this.activity, backups: opened.backups, log },
      ...{ records: new TransferRecords(this.db), allowedHosts: [], now: () => new Date() },
    })
    this.backups = opened.backups
    this.backupViews = opened.backupViews
    this.backupStores = opened.backupStores
    this.recoveryKeys = opened.recoveryKeys
    this.alice = this.users.create('alice', { boxOwner: true })
    this.metrics = new MetricStore({
      engine: { list: async () => [], stats: async () => [] },
      router: { events: (signal) => new Feed<RouterEvent>().read(signal) },
      apps: this.apps,
      directory: join(this.#directory, 'metrics'),
      log,
    })
    const api = createApi({ ...this.#services(settings), ...overrides })
    this.#server = createServer(api.app)
    api.attach(this.#server)
  }

  static async start(overrides: Partial<ApiServices> = {}): Promise<ApiKit> {
    const kit = new ApiKit(overrides)
    kit.#server.listen(0, '127.0.0.1')
    await once(kit.#server, 'listening')
    return kit
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  token(user = 'alice', scope: TokenScope = 'admin'): string {
    return this.tokens.create(this.users.get(user).id, { description: 'test', scope, days: 1 }).secret
  }

  /** The contract's own client, signed in. */
  client(user = 'alice', scope: TokenScope = 'admin'): Client {
    return createClient({ url: this.url, token: this.token(user, scope) })
  }

  /** A request as any program would send it; the body is JSON when it is not text. */
  async fetch(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ) {
    const body =
      options.body === undefined || typeof options.body === 'string' ? options.body : JSON.stringify(options.body)
    return await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
      ...(body !== undefined && { body }),
      ...(options.signal && { signal: options.signal }),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backups[Symbol.asyncDispose]()
    this.#server.closeAllConnections()
    this.#server.close()
    await this.addons[Symbol.asyncDispose]()
    this.db[Symbol.dispose]()
    await rm(this.#directory, { recursive: true, force: true })
  }

  #services(settings: Settings): ApiServices {
    return {
      ...this,
      version: '1.2.3',
      log: createLog('test', 'debug', (line) => this.logged.push(line)),
      gitHandler: (_request, response) => void response.send('git'),
      repositories: { remove: async ({ id }) => void this.removedRepositories.push(id) },
      addresses: {
        baseDomain: () => settings.get('base_domain') ?? '',
        httpPort: () => 8080,
        ssh: () => ({ host: 'paas.test', port: 2222 }),
      },
      box: () => Promise.reject(new Error('no box in this test')),
    }
  }
}

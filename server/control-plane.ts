import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RouterClient } from '../router/client.ts'
import { Addons } from './addons/addons.ts'
import { AddonThings } from './addons/backups/addon-things.ts'
import type { Backups } from './addons/backups/backups.ts'
import { openBackupsAndArchives } from './addons/backups/open.ts'
import { requireSpace } from './addons/backups/space.ts'
import { TransferRecords } from './addons/transfers/transfer-records.ts'
import { Transfers } from './addons/transfers/transfers.ts'
import { WantedAddons } from './addons/wanted.ts'
import { createApi } from './api/api.ts'
import type { AppRecord } from './apps/apps.ts'
import { Certificates } from './apps/certificates.ts'
import { BoxStatus } from './box-status.ts'
import type { Config } from './config.ts'
import { Database } from './db/database.ts'
import { SecretBox } from './db/secret-box.ts'
import { Settings } from './db/settings.ts'
import { DeployLog } from './deploy-log.ts'
import { Deploys } from './deploys/deploys.ts'
import type { Engine } from './engine/engine.ts'
import { openEngine } from './engine/open.ts'
import { messageOf, PaasError } from './errors.ts'
import { killAt } from './faults.ts'
import { gitHttpHandler } from './git/http.ts'
import { PushHandler } from './git/push.ts'
import { Repositories } from './git/repositories.ts'
import { SshReceiver } from './git/ssh.ts'
import type { Log } from './log.ts'
import { stateUse } from './state-use.ts'
import { openStores } from './stores.ts'
import { tellOfRows } from './telemetry/changed-rows.ts'
import { Changes } from './telemetry/changes.ts'
import { LogCollector } from './telemetry/collector.ts'
import { AppLogs } from './telemetry/logs.ts'
import { MetricStore } from './telemetry/metrics.ts'
import { VERSION } from './version.ts'

/** An `import` of node:http would load the whole of fetch with it: 13 MB. */
const { createServer } = process.getBuiltinModule('node:http')
/** Node closes idle connections after 5 s, just when a client on a busy box uses one again; and cuts uploads off after 5 min. */
const CONNECTIONS = { keepAliveTimeout: 75_000, requestTimeout: 3_600_000 }

const ENGINE_RETRY_MS = 2_000

export type Listening = { api: number; ssh: { port: number; fingerprint: string } }

/** The composition root: every object is built here once, handed to those who need it, and closed here. */
export class ControlPlane implements AsyncDisposable {
  readonly #config: Config
  readonly #log: Log
  readonly #db: Database
  readonly #engine: Engine
  readonly #deploys: Deploys
  readonly #addons: Addons
  readonly #backups: Backups
  readonly #transfers: Transfers
  readonly #things: AddonThings
  readonly #collector: LogCollector
  readonly #logs: AppLogs
  readonly #metrics: MetricStore
  readonly #ssh: SshReceiver
  readonly #http: Server
  readonly #box: BoxStatus
  readonly #closing = new AbortController()

  /** Throws PaasError for what only a person can mend: the key, the database, the environment. */
  static async create(config: Config, log: Log): Promise<ControlPlane> {
    const box = SecretBox.open(config.secretKey)
    const db = Database.open(config.database)
    const settings = new Settings(db)
    const boxId = settings.get('box_id')
    if (boxId === undefined) {
      db[Symbol.dispose]()
      throw new PaasError('unavailable', 'box.uninitialised', `${config.data} has no box yet.`, {
        fix: 'Make its key, its database and the claim secret first.',
        command: 'node server/main.ts init',
      })
    }
    return new ControlPlane(config, log, { box, db, settings, engine: await openEngine(config, boxId, log) })
  }

  private constructor(
    config: Config,
    log: Log,
    { box, db, settings, engine }: { box: SecretBox; db: Database; settings: Settings; engine: Engine },
  ) {
    const stores = openStores({ config, log, db, box, settings })
    const { keys, tokens, claims, access, activity, apps, buildSettings, domains, boxSettings } = stores
    const router = new RouterClient(config.routerSocket)
    const changes = new Changes(crypto.randomUUID().slice(0, 8))
    tellOfRows(db, changes)
    const logs = new AppLogs(config.logs)
    const state = join(config.logs, 'resume')
    const collector = new LogCollector({ engine, router, logs, apps, changes, log, state })
    const metrics = new MetricStore({ engine, router, apps, changes, directory: config.metrics, log })
    const appUrl = (app: AppRecord) => publicUrl(domains.hosts(app)[0] ?? 'localhost', config.publicHttpPort)
    const deploys = new Deploys({
      ...stores,
      db,
      box,
      engine,
      router,
      attached: (appId) => stores.attachments.variables(appId),
      news: new DeployLog(logs, collector, activity, log),
      addonWishes: { want: (app, wishes, around) => wanted.want(app, wishes, around) },
      appUrl,
      buildsDirectory: config.builds,
      measureState: () => stateUse(config),
      httpsPort: config.publicHttpsPort,
      certificateBundle: config.certificateBundle,
      sourceHosts: config.sourceHosts,
      builderEnvironment: config.builderEnvironment,
      faults: killAt(config.fault),
      log,
    })
    const addons = new Addons({
      ...stores,
      db,
      box,
      engine,
      deploys,
      activity,
      beforeDestroy: ({ name, appId }) => backed.backups.last(apps.findById(appId), name, this.#closing.signal),
      log,
    })
    const things = new AddonThings({ addons, rows: stores.addonRows, apps, box })
    const backed = openBackupsAndArchives(
      {
        db,
        box,
        settings,
        directory: config.backups,
        boxId: settings.get('box_id') ?? '',
        things,
        activity,
        nameOfApp: (id) => apps.findById(id)?.name,
        requireSpace: (expectedBytes) => requireSpace(config.data, expectedBytes),
        faults: killAt(config.fault),
        log,
      },
      { addons, rows: stores.addonRows, apps },
    )
    const transfers = new Transfers({
      ...{ addons, things, activity, log, backups: backed.backups, allowedHosts: config.sourceHosts },
      records: new TransferRecords(db),
      now: () => new Date(),
    })
    const wanted = new WantedAddons({ addons, activity })
    const repositories = new Repositories(config.repositories)
    const push = new PushHandler({ repositories, apps, access, activity, buildSettings, deploys, log })
    const status = new BoxStatus({ config, boxSettings, claims, apps, deploys, engine, router })
    const api = createApi({
      ...stores,
      ...backed,
      db,
      certificates: new Certificates(router, domains),
      addons,
      transfers,
      deploys,
      builds: deploys.builds,
      otherWays: deploys.otherWays,
      disk: deploys.disk,
      releases: deploys.releases,
      runs: deploys.runs,
      cron: deploys.cron,
      logs,
      metrics,
      changes,
      repositories,
      addresses: {
        baseDomain: () => status.baseDomain,
        httpPort: () => config.publicHttpPort,
        ssh: () => status.ssh,
      },
      box: () => status.read(),
      version: VERSION,
      log,
      gitHandler: gitHttpHandler({ tokens, apps, push, log }),
    })
    this.#box = status
    this.#config = config
    this.#log = log
    this.#db = db
    this.#engine = engine
    this.#deploys = deploys
    this.#addons = addons
    this.#backups = backed.backups
    this.#transfers = transfers
    this.#things = things
    this.#collector = collector
    this.#logs = logs
    this.#metrics = metrics
    this.#ssh = new SshReceiver({ keys, apps, push, hostKeyFile: config.sshHostKey, log })
    this.#http = createServer(CONNECTIONS, api.app)
    api.attach(this.#http)
  }

  /** Answers the API first, so that a box whose engine is away can say so; pushes are taken last. */
  async start(): Promise<Listening> {
    this.#transfers.start()
    const api = await this.#listen()
    await this.#startEngine()
    this.#collector.start()
    this.#metrics.start()
    await this.#deploys.start({
      hosts: () => [this.#box.platformHost, this.#box.baseDomain],
      endpoint: { host: this.#config.api.host, port: api },
    })
    void this.#addons.start()
    void this.#startBackups()
    const ssh = await this.#ssh.listen(this.#config.ssh.host, this.#config.ssh.port)
    this.#box.listening(ssh)
    return { api, ssh }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#http.close()
    this.#http.closeIdleConnections()
    await this.#ssh[Symbol.asyncDispose]()
    await this.#transfers[Symbol.asyncDispose]()
    await this.#backups[Symbol.asyncDispose]()
    await this.#addons[Symbol.asyncDispose]()
    await this.#deploys[Symbol.asyncDispose]()
    await this.#collector[Symbol.asyncDispose]()
    await this.#metrics[Symbol.asyncDispose]()
    await this.#logs[Symbol.asyncDispose]()
    await this.#engine[Symbol.asyncDispose]()
    this.#http.closeAllConnections()
    this.#db[Symbol.dispose]()
  }

  async #listen(): Promise<number> {
    const { host, port } = this.#config.api
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#http.once('error', reject).listen(port, host, resolve)
    await promise.catch((error: unknown) => {
      throw new PaasError('unavailable', 'api.port', `The API cannot listen on ${host}:${port}: ${messageOf(error)}.`, {
        fix: 'Stop what uses the port, or set PAAS_API_PORT to another.',
      })
    })
    return (this.#http.address() as AddressInfo).port
  }

  /** One that is away is asked again in the background; everything but deploys works meanwhile. */
  async #startEngine(): Promise<void> {
    try {
      await this.#engine.start()
    } catch (error) {
      this.#log.warn('engine.unavailable', { reason: messageOf(error) })
      void this.#awaitEngine()
    }
  }

  async #startBackups(): Promise<void> {
    await this.#things.sweep().catch((error: unknown) => this.#log.warn('backups.sweep', { reason: messageOf(error) }))
    this.#backups.start()
  }

  async #awaitEngine(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await pause(ENGINE_RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined)
      const started = await this.#engine.start().then(
        () => true,
        () => false,
      )
      if (started) return await this.#deploys.reconcile()
    }
  }
}

export function publicUrl(host: string, port: number): string {
  return `http://${host}${port === 80 ? '' : `:${port}`}`
}

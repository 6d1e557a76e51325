import type { AddonState, Exposure } from '../contract/addon.ts'
import type { Database, SqlValue } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import type { AddonRecord, ServerRecord, Task } from './addon-records.ts'
import { type AddonRow, addonOf, type ServerRow, serverOf } from './addon-records.ts'

type Changes = {
  state?: AddonState
  task?: Task | null
  step?: string | null
  reason?: string | null
  deployId?: string | null
  plan?: string
  name?: string
  appId?: string
  exposed?: Exposure | null
}

const COLUMNS: Record<keyof Changes, string> = {
  state: 'state',
  task: 'task',
  step: 'step',
  reason: 'reason',
  deployId: 'deploy_id',
  plan: 'plan',
  name: 'name',
  appId: 'app_id',
  exposed: 'exposed',
}

/** Addons and the servers that hold them, as the box remembers them. */
export class AddonRows {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  insertServer(server: Omit<ServerRecord, 'createdAt' | 'image' | 'port'>, sealedPassword: Uint8Array): void {
    this.#db.run(
      `INSERT INTO addon_servers (id, service, version, shared, memory_mb, cpus, connections, sealed_password, host,
         created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      server.id,
      server.service,
      server.version,
      Number(server.shared),
      server.memoryMb,
      server.cpus,
      server.connections,
      sealedPassword,
      server.host,
      Date.now(),
    )
  }

  insert(
    addon: Pick<AddonRecord, 'name' | 'service' | 'plan' | 'serverId' | 'appId' | 'userId'>,
    task: Task,
  ): AddonRecord {
    const id = newId('addon')
    const now = Date.now()
    this.#db.run(
      `INSERT INTO addons (id, name, service, plan, server_id, database, app_id, user_id, state, task, created_at,
         updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'creating', ?, ?, ?)`,
      id,
      addon.name,
      addon.service,
      addon.plan,
      addon.serverId,
      `d_${id.slice(id.indexOf('_') + 1)}`,
      addon.appId,
      addon.userId,
      JSON.stringify(task),
      now,
      now,
    )
    return this.get(id)
  }

  /** Throws nothing but a bug's error: the caller has looked it up. */
  get(id: string): AddonRecord {
    const addon = this.find(id)
    if (!addon) throw new Error(`there is no addon ${id}`)
    return addon
  }

  find(id: string): AddonRecord | undefined {
    return this.#one('SELECT * FROM addons WHERE id = ?', id)
  }

  named(name: string): AddonRecord | undefined {
    return this.#one('SELECT * FROM addons WHERE name = ?', name)
  }

  all(): AddonRecord[] {
    return this.#db.all<AddonRow>('SELECT * FROM addons ORDER BY name').map(addonOf)
  }

  ownedBy(appId: string): AddonRecord[] {
    return this.all().filter((addon) => addon.appId === appId)
  }

  change(id: string, changes: Changes): AddonRecord {
    const names = Object.keys(changes) as (keyof Changes)[]
    const sets = names.map((name) => `${COLUMNS[name]} = ?`)
    const values = names.map((name) => sqlValue(changes[name]))
    this.#db.run(`UPDATE addons SET ${sets.join(', ')}, updated_at = ? WHERE id = ?`, ...values, Date.now(), id)
    return this.get(id)
  }

  /**
   * The addon is in the other's server from now on, under the name of its database and at its own host name, and goes on to
   * arrive there; the other one keeps the server that it leaves, with what is in it, and is called `formerName`.
   */
  exchangeServers(id: string, otherId: string, formerName: string): void {
    this.#db.transaction(() => {
      const [addon, other] = [this.get(id), this.get(otherId)]
      const [left, taken] = [this.server(addon.serverId), this.server(other.serverId)]
      this.#db.run('UPDATE addon_servers SET host = ?, port = ? WHERE id = ?', left.host, left.port, taken.id)
      this.#db.run('UPDATE addon_servers SET host = ?, port = ? WHERE id = ?', taken.host, taken.port, left.id)
      const move = 'UPDATE addons SET server_id = ?, database = ?, name = ? WHERE id = ?'
      this.#db.run(move, left.id, addon.database, formerName, other.id)
      this.#db.run(move, taken.id, addon.database, addon.name, addon.id)
      const task = { do: 'arrive', from: left.id, spare: other.database } as const
      this.change(addon.id, { task, step: 'moving its apps over' })
    })
  }

  /** The server goes with its last addon. */
  delete(id: string): void {
    this.#db.transaction(() => {
      const { serverId } = this.get(id)
      this.#db.run('DELETE FROM addons WHERE id = ?', id)
      if (this.of(serverId).length === 0) this.#db.run('DELETE FROM addon_servers WHERE id = ?', serverId)
    })
  }

  deleteServer(id: string): void {
    this.#db.run('DELETE FROM addon_servers WHERE id = ?', id)
  }

  /** Addons of a server. */
  of(serverId: string): AddonRecord[] {
    return this.#db.all<AddonRow>('SELECT * FROM addons WHERE server_id = ? ORDER BY name', serverId).map(addonOf)
  }

  server(id: string): ServerRecord {
    const server = this.findServer(id)
    if (!server) throw new Error(`there is no addon server ${id}`)
    return server
  }

  findServer(id: string): ServerRecord | undefined {
    const row = this.#db.get<ServerRow>('SELECT * FROM addon_servers WHERE id = ?', id)
    return row && serverOf(row)
  }

  servers(): ServerRecord[] {
    return this.#db.all<ServerRow>('SELECT * FROM addon_servers ORDER BY id').map(serverOf)
  }

  sharedServer(service: string, version: string | undefined): ServerRecord | undefined {
    const shared = this.servers().filter((server) => server.shared && server.service === service)
    return shared.find((server) => version === undefined || server.version === version)
  }

  sealedPassword(serverId: string): Uint8Array {
    const sql = 'SELECT sealed_password FROM addon_servers WHERE id = ?'
    const row = this.#db.get<{ sealed_password: Uint8Array }>(sql, serverId)
    if (!row) throw new Error(`there is no addon server ${serverId}`)
    return row.sealed_password
  }

  sealedCertificate(serverId: string): Uint8Array | undefined {
    const sql = 'SELECT sealed_certificate FROM addon_servers WHERE id = ?'
    return this.#db.get<{ sealed_certificate: Uint8Array | null }>(sql, serverId)?.sealed_certificate ?? undefined
  }

  certified(serverId: string, sealed: Uint8Array): void {
    this.#db.run('UPDATE addon_servers SET sealed_certificate = ? WHERE id = ?', sealed, serverId)
  }

  provided(serverId: string, image: string): void {
    this.#db.run('UPDATE addon_servers SET image = ? WHERE id = ?', image, serverId)
  }

  reachedAt(serverId: string, { host, port }: { host: string; port: number }): void {
    this.#db.run('UPDATE addon_servers SET host = ?, port = ? WHERE id = ?', host, port, serverId)
  }

  resize(serverId: string, size: Pick<ServerRecord, 'memoryMb' | 'cpus' | 'connections'>): void {
    const sql = 'UPDATE addon_servers SET memory_mb = ?, cpus = ?, connections = ? WHERE id = ?'
    this.#db.run(sql, size.memoryMb, size.cpus, size.connections, serverId)
  }

  #one(sql: string, value: string): AddonRecord | undefined {
    const row = this.#db.get<AddonRow>(sql, value)
    return row && addonOf(row)
  }
}

function sqlValue(value: Changes[keyof Changes]): SqlValue {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

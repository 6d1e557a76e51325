import type { z } from 'zod'
import type { AddPathRoute, PathRoute } from '../contract/routing.ts'
import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'
import type { Access } from '../people/access.ts'
import type { Actor } from '../people/actor.ts'
import type { AppRecord, Apps } from './apps.ts'
import type { Domains } from './domains.ts'
import { normalHost } from './host-name.ts'

/** `domain` is null for the host that the box gave to the app which has it. */
export type PathRouteRecord = {
  appId: string
  hostAppId: string
  domain: string | null
  prefix: string
  strip: boolean
}
type Row = Omit<PathRouteRecord, 'strip'> & { strip: number; createdAt: number }

const COLUMNS = `app_id AS appId, host_app_id AS hostAppId, domain, prefix, strip, created_at AS createdAt`
const PATHS_MAX = 50

/** Parts of hosts that one app serves for another, or for itself with the prefix taken off. */
export class PathRoutes {
  readonly #db: Database
  readonly #apps: Pick<Apps, 'findById'>
  readonly #domains: Pick<Domains, 'claimOf' | 'hosts'>
  readonly #access: Pick<Access, 'can'>

  constructor(
    db: Database,
    apps: Pick<Apps, 'findById'>,
    domains: Pick<Domains, 'claimOf' | 'hosts'>,
    access: Pick<Access, 'can'>,
  ) {
    this.#db = db
    this.#apps = apps
    this.#domains = domains
    this.#access = access
  }

  all(): PathRouteRecord[] {
    return this.#db.all<Row>(`SELECT ${COLUMNS} FROM path_routes ORDER BY created_at, prefix`).map(recordOf)
  }

  /** Those that the app serves, and those that others serve on its hosts. */
  list(app: AppRecord): PathRoute[] {
    return this.#of(app)
      .map((row) => this.#view(row))
      .sort((one, other) => (one.host + one.prefix < other.host + other.prefix ? -1 : 1))
  }

  /**
   * Claiming one's own again sets `strip`. Throws `domain.not-found` for a host that is of no app which the actor may
   * deploy, `path.owner`, `path.taken`, `path.limit`.
   */
  add(actor: Actor, app: AppRecord, { host: typed, prefix, strip }: z.output<typeof AddPathRoute>): PathRoute {
    const host = normalHost(typed)
    const claim = this.#domains.claimOf(host)
    const hostApp = claim && this.#apps.findById(claim.appId)
    if (!hostApp || !this.#access.can(actor, 'app:deploy', hostApp)) throw unknownHost(host, app)
    if (hostApp.ownerId !== app.ownerId) throw otherOwner(host, hostApp, app)
    return this.#db.transaction(() => {
      const wanted = { appId: app.id, hostAppId: hostApp.id, domain: claim.domain, prefix: withoutSlash(prefix), strip }
      const present = this.#find(wanted)
      if (present && present.appId !== app.id) throw taken(host, wanted.prefix, this.#nameOf(present.appId))
      if (!present && this.#of(app).length >= PATHS_MAX) throw limit()
      return this.#view(this.#insert(wanted))
    })
  }

  /** `path` is host and prefix together, as in `www.example.com/api`. Throws `path.not-found`. */
  remove(app: AppRecord, path: string): PathRoute {
    const slash = path.indexOf('/')
    const host = slash === -1 ? path : normalHost(path.slice(0, slash))
    const prefix = slash === -1 ? '' : withoutSlash(path.slice(slash))
    const row = this.#of(app).find((one) => one.prefix === prefix && this.#hostOf(one) === host)
    if (!row) throw notFound(app, path)
    const { hostAppId, domain } = row
    this.#db.run(
      'DELETE FROM path_routes WHERE host_app_id = ? AND domain IS ? AND prefix = ?',
      hostAppId,
      domain,
      prefix,
    )
    return this.#view(row)
  }

  #of(app: AppRecord): Row[] {
    return this.#db.all<Row>(`SELECT ${COLUMNS} FROM path_routes WHERE app_id = ? OR host_app_id = ?`, app.id, app.id)
  }

  #find({ hostAppId, domain, prefix }: PathRouteRecord): Row | undefined {
    return this.#db.get<Row>(
      `SELECT ${COLUMNS} FROM path_routes WHERE host_app_id = ? AND domain IS ? AND prefix = ?`,
      hostAppId,
      domain,
      prefix,
    )
  }

  #insert(record: PathRouteRecord): Row {
    this.#db.run(
      `INSERT INTO path_routes (app_id, host_app_id, domain, prefix, strip, created_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (host_app_id, coalesce(domain, ''), prefix) DO UPDATE SET strip = excluded.strip`,
      record.appId,
      record.hostAppId,
      record.domain,
      record.prefix,
      Number(record.strip),
      Date.now(),
    )
    const row = this.#find(record)
    if (!row) throw new Error(`${record.prefix} was not written`)
    return row
  }

  #view(row: Row): PathRoute {
    const { prefix, appId, hostAppId, createdAt } = row
    const names = { app: this.#nameOf(appId), hostApp: this.#nameOf(hostAppId) }
    const host = this.#hostOf(row)
    return { host, prefix, strip: row.strip === 1, ...names, createdAt: new Date(createdAt).toISOString() }
  }

  #hostOf({ domain, hostAppId }: Row): string {
    const hostApp = this.#apps.findById(hostAppId)
    return domain ?? (hostApp && this.#domains.hosts(hostApp)[0]) ?? ''
  }

  #nameOf(appId: string): string {
    return this.#apps.findById(appId)?.name ?? ''
  }
}

function recordOf({ appId, hostAppId, domain, prefix, strip }: Row): PathRouteRecord {
  return { appId, hostAppId, domain, prefix, strip: strip === 1 }
}

function withoutSlash(prefix: string): string {
  return prefix.replace(/\/$/, '')
}

function unknownHost(host: string, app: AppRecord): PaasError {
  return new PaasError('not-found', 'domain.not-found', `No app that you may deploy has the host ${host}.`, {
    fix: 'Claim it for the app that serves the rest of it; of a wildcard, claim the one host.',
    command: `paas domains:add ${host} -a ${app.name}`,
  })
}

function otherOwner(host: string, hostApp: AppRecord, app: AppRecord): PaasError {
  return new PaasError(
    'conflict',
    'path.owner',
    `${host} belongs to ${hostApp.name}, whose owner is another one than that of ${app.name}.`,
    { fix: 'Apps share a host only when one user owns them both.' },
  )
}

function taken(host: string, prefix: string, other: string): PaasError {
  return new PaasError('conflict', 'path.taken', `${host}${prefix} is served by ${other} already.`, {
    fix: 'Take it away from there first, or choose another path.',
    command: `paas routing:paths:remove ${host}${prefix} -a ${other}`,
  })
}

function limit(): PaasError {
  return new PaasError('limited', 'path.limit', `An app may have ${PATHS_MAX} paths; this one has as many.`, {
    fix: 'Remove some that are not needed any more.',
    command: 'paas routing:paths',
  })
}

function notFound(app: AppRecord, path: string): PaasError {
  return new PaasError('not-found', 'path.not-found', `${app.name} has no path ${JSON.stringify(path)}.`, {
    fix: 'Write it as it is listed, such as www.example.com/api.',
    command: `paas routing:paths -a ${app.name}`,
  })
}

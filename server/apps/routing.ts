import type { BasicUser } from '../../router/contract/table.ts'
import { DEFAULT_TIMEOUTS } from '../../router/contract/table.ts'
import type { Routing, RoutingName, UpdateRouting } from '../contract/routing.ts'
import { AUTH_USERS_MAX, HEADERS_MAX, HEADERS_MAX_BYTES } from '../contract/routing.ts'
import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'
import type { AppRecord } from './apps.ts'
import type { Domains } from './domains.ts'
import { passwordHash } from './password-hash.ts'

/** As the row has it: what differs from the defaults. */
export type StoredRouting = Partial<Omit<Routing, 'auth'>> & { auth?: BasicUser[] }

export const ROUTING_DEFAULTS: Routing = {
  sticky: false,
  concurrency: null,
  canonicalHost: null,
  auth: [],
  authRealm: null,
  allow: [],
  rateLimit: null,
  maxBody: null,
  compress: false,
  headers: {},
  errorPage: null,
  maintenancePage: null,
  underscores: false,
  connectTimeout: DEFAULT_TIMEOUTS.connectMs / 1_000,
  firstByteTimeout: DEFAULT_TIMEOUTS.firstByteMs / 1_000,
  idleTimeout: DEFAULT_TIMEOUTS.idleMs / 1_000,
  websocketIdleTimeout: DEFAULT_TIMEOUTS.websocketIdleMs / 1_000,
  drainTimeout: DEFAULT_TIMEOUTS.drainMs / 1_000,
  tls: 'auto',
  httpsRedirect: true,
  hsts: 0,
}

/** How the router is to treat each app's requests. */
export class RoutingStore {
  readonly #db: Database
  readonly #domains: Pick<Domains, 'hosts'>

  constructor(db: Database, domains: Pick<Domains, 'hosts'>) {
    this.#db = db
    this.#domains = domains
  }

  stored(appId: string): StoredRouting {
    const row = this.#db.get<{ settings: string }>('SELECT settings FROM routing WHERE app_id = ?', appId)
    return row ? (JSON.parse(row.settings) as StoredRouting) : {}
  }

  /** With the defaults; names alone of those who have a password. */
  get(appId: string): Routing {
    const { auth = [], ...stored } = this.stored(appId)
    return { ...ROUTING_DEFAULTS, ...stored, auth: auth.map(({ name }) => name) }
  }

  /**
   * All or nothing. `changed` names what is different now; a new password counts as a change. Throws `routing.invalid`
   * with everything that does not fit together.
   */
  async update(app: AppRecord, changes: UpdateRouting): Promise<{ changed: RoutingName[] }> {
    const hashed = await hashes(changes.auth ?? {})
    return this.#db.transaction(() => {
      const before = this.stored(app.id)
      const after = withoutDefaults(applied(before, changes, hashed))
      this.#refuseMistakes(app, { ...ROUTING_DEFAULTS, ...after, auth: after.auth?.map(({ name }) => name) ?? [] })
      this.#write(app.id, after)
      const names = Object.keys(ROUTING_DEFAULTS) as RoutingName[]
      return { changed: names.filter((name) => !same(before[name], after[name])) }
    })
  }

  #refuseMistakes(app: AppRecord, routing: Routing): void {
    const { auth, canonicalHost, headers, hsts, tls } = routing
    const errors: { path: string; message: string }[] = []
    const hosts = this.#domains.hosts(app)
    if (canonicalHost !== null && !hosts.includes(canonicalHost)) {
      const message = `${canonicalHost} is no host of ${app.name}, which has ${hosts.join(', ')}`
      errors.push({ path: 'canonicalHost', message })
    }
    if (hsts > 0 && tls === 'off') {
      errors.push({
        path: 'hsts',
        message: 'hsts keeps browsers to https, which tls=off takes away: change one of them',
      })
    }
    if (auth.length > AUTH_USERS_MAX) {
      errors.push({ path: 'auth', message: `an app may have ${AUTH_USERS_MAX} names with a password` })
    }
    if (Object.keys(headers).length > HEADERS_MAX) {
      errors.push({ path: 'headers', message: `an app may have ${HEADERS_MAX} headers` })
    }
    const bytes = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    if (bytes > HEADERS_MAX_BYTES) {
      errors.push({ path: 'headers', message: `the headers of an app may take ${HEADERS_MAX_BYTES} bytes together` })
    }
    if (errors.length > 0) throw invalid(app, errors)
  }

  #write(appId: string, settings: StoredRouting): void {
    if (Object.keys(settings).length === 0) {
      this.#db.run('DELETE FROM routing WHERE app_id = ?', appId)
      return
    }
    this.#db.run(
      `INSERT INTO routing (app_id, settings) VALUES (?, ?)
       ON CONFLICT (app_id) DO UPDATE SET settings = excluded.settings`,
      appId,
      JSON.stringify(settings),
    )
  }
}

/** The hash of each name that is given a password; null for those that are taken away. */
async function hashes(auth: Record<string, string | null>): Promise<Map<string, string | null>> {
  const hashed = new Map<string, string | null>()
  for (const [name, password] of Object.entries(auth)) {
    hashed.set(name, password === null ? null : await passwordHash(password))
  }
  return hashed
}

function applied(before: StoredRouting, changes: UpdateRouting, hashed: Map<string, string | null>): StoredRouting {
  const { auth, headers, ...values } = changes
  const after: Record<string, unknown> = { ...before }
  for (const [name, value] of Object.entries(values)) {
    if (value === null) delete after[name]
    else if (value !== undefined) after[name] = value
  }
  if (auth === null) delete after['auth']
  else after['auth'] = merged(new Map((before.auth ?? []).map(({ name, hash }) => [name, hash])), hashed, basicUsers)
  if (headers === null) delete after['headers']
  else {
    const named = new Map(Object.entries(headers ?? {}))
    after['headers'] = merged(new Map(Object.entries(before.headers ?? {})), named, Object.fromEntries)
  }
  return after as StoredRouting
}

const basicUsers = (users: [name: string, hash: string][]): BasicUser[] => users.map(([name, hash]) => ({ name, hash }))

/** By name, null taking away. */
function merged<Result>(
  present: Map<string, string>,
  changes: Map<string, string | null>,
  make: (entries: [string, string][]) => Result,
): Result {
  const after = new Map<string, string | null>([...present, ...changes])
  return make([...after].filter((entry): entry is [string, string] => entry[1] !== null).sort(byName))
}

function byName([one]: [string, string], [other]: [string, string]): number {
  return one < other ? -1 : 1
}

function withoutDefaults(settings: StoredRouting): StoredRouting {
  const entries = Object.entries(settings)
  return Object.fromEntries(entries.filter(([name, value]) => !same(value, ROUTING_DEFAULTS[name as RoutingName])))
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function invalid(app: AppRecord, errors: { path: string; message: string }[]): PaasError {
  const why = errors.map(({ message }) => message).join('; ')
  return new PaasError('invalid', 'routing.invalid', `The routing of ${app.name} cannot be so: ${why}.`, {
    fix: 'See what is set now; nothing was changed.',
    command: `paas routing -a ${app.name}`,
    errors,
  })
}

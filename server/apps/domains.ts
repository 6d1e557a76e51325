import type { Domain } from '../contract/domain.ts'
import type { Database } from '../db/database.ts'
import type { Settings } from '../db/settings.ts'
import { PaasError } from '../errors.ts'
import type { AppRecord } from './apps.ts'
import { apexOf, isBelow, normalHost, related } from './host-name.ts'

type DomainRow = { host: string; created_at: number }
type Claimed = { host: string; app_id: string; owner_id: string }

const DOMAINS_MAX = 100
/** Never leave the machine (RFC 6761). */
const LOCAL_NAME = 'localhost'

/** Host names: the one that the box gives to each app, and those that its people claim. */
export class Domains {
  readonly #db: Database
  readonly #settings: Settings

  constructor(db: Database, settings: Settings) {
    this.#db = db
    this.#settings = settings
  }

  /** The default first, then in the order they were added. */
  list(app: AppRecord): Domain[] {
    const rows = this.#db.all<DomainRow>(
      'SELECT host, created_at FROM domains WHERE app_id = ? ORDER BY created_at, host',
      app.id,
    )
    return [{ host: this.#defaultHost(app), kind: 'default', createdAt: null }, ...rows.map(domainOf)]
  }

  hosts(app: AppRecord): string[] {
    return this.list(app).map((domain) => domain.host)
  }

  /** Which app has this very host; `domain` is null where the box gave it. */
  claimOf(host: string): { appId: string; domain: string | null } | undefined {
    const claimed = this.#db.get<{ appId: string }>('SELECT app_id AS appId FROM domains WHERE host = ?', host)
    if (claimed) return { ...claimed, domain: host }
    const name = host.slice(0, host.indexOf('.'))
    if (host !== `${name}.${this.#baseDomain()}`) return undefined
    const given = this.#db.get<{ appId: string }>('SELECT id AS appId FROM apps WHERE name = ?', name)
    return given && { ...given, domain: null }
  }

  /** Claims of this name, of wildcards over it, and where `below` is asked, of names in it. */
  claimsAt(name: string, { below }: { below: boolean }): { host: string; app: string }[] {
    const claimed = this.#db.all<{ host: string; app: string }>(
      'SELECT domains.host, apps.name AS app FROM domains JOIN apps ON apps.id = domains.app_id ORDER BY domains.host',
    )
    return claimed.filter(({ host }) => covers(host, name) || (below && isBelow(apexOf(host), name)))
  }

  /** Adding one's own again changes nothing. Throws `domain.invalid`, `domain.reserved`, `domain.taken`, `domain.limit`. */
  add(app: AppRecord, typed: string): Domain {
    const host = normalHost(typed)
    this.#refuseReserved(app, host)
    return this.#db.transaction(() => {
      const claimed = this.#db.all<Claimed>(
        'SELECT domains.host, domains.app_id, apps.owner_id FROM domains JOIN apps ON apps.id = domains.app_id',
      )
      const taken = claimed.find((other) => other.app_id !== app.id && excludes(other, host, app))
      if (taken) throw takenError(host, taken)
      if (claimed.filter((other) => other.app_id === app.id).length >= DOMAINS_MAX) throw limit()
      return this.#insert(app, host)
    })
  }

  /** Throws `domain.not-found`, or `domain.default` for the one that the box gave. */
  remove(app: AppRecord, typed: string): void {
    const host = normalHost(typed)
    const { changes } = this.#db.run('DELETE FROM domains WHERE host = ? AND app_id = ?', host, app.id)
    if (changes > 0) return
    if (host === this.#defaultHost(app)) throw isDefault(host)
    throw new PaasError('not-found', 'domain.not-found', `${app.name} has no domain ${host}.`, {
      command: `paas domains --app ${app.name}`,
    })
  }

  #insert(app: AppRecord, host: string): Domain {
    this.#db.run(
      'INSERT INTO domains (host, app_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      host,
      app.id,
      Date.now(),
    )
    const row = this.#db.get<DomainRow>('SELECT host, created_at FROM domains WHERE host = ?', host)
    if (!row) throw new Error(`${host} was not written`)
    return domainOf(row)
  }

  #refuseReserved(app: AppRecord, host: string): void {
    const base = this.#baseDomain()
    const name = apexOf(host)
    if (name === LOCAL_NAME || isBelow(name, LOCAL_NAME)) throw reserved(host, 'it never leaves this machine')
    if (name === base || isBelow(name, base) || covers(host, base)) {
      throw reserved(host, `names in ${base} are given by the box: this app has ${this.#defaultHost(app)}`)
    }
    const platform = this.#settings.get('platform_host')
    if (platform && covers(host, platform)) throw reserved(host, 'the console and API of the box answer there')
  }

  #defaultHost(app: AppRecord): string {
    return `${app.name}.${this.#baseDomain()}`
  }

  #baseDomain(): string {
    return this.#settings.get('base_domain') ?? LOCAL_NAME
  }
}

/** Within one owner's apps exact beats wildcard; between owners no name may stand above or below another's. */
function excludes(other: Claimed, host: string, app: AppRecord): boolean {
  return other.host === host || (other.owner_id !== app.ownerId && related(other.host, host))
}

function covers(host: string, name: string): boolean {
  return host === name || (host !== apexOf(host) && isBelow(name, apexOf(host)))
}

function domainOf(row: DomainRow): Domain {
  return { host: row.host, kind: 'custom', createdAt: new Date(row.created_at).toISOString() }
}

function reserved(host: string, why: string): PaasError {
  return new PaasError('invalid', 'domain.reserved', `${host} cannot be claimed: ${why}.`, {
    fix: 'Use a domain of your own.',
  })
}

function takenError(host: string, taken: Claimed): PaasError {
  const why = taken.host === host ? 'another app has it' : 'another user has claimed a name above or below it'
  return new PaasError('conflict', 'domain.taken', `${host} cannot be claimed: ${why}.`, {
    fix: 'Choose another name, or ask an owner of the box who has it.',
  })
}

function limit(): PaasError {
  return new PaasError('limited', 'domain.limit', `An app may have ${DOMAINS_MAX} domains; this one has as many.`, {
    fix: 'Remove some, or claim a wildcard such as *.example.com.',
  })
}

function isDefault(host: string): PaasError {
  return new PaasError('conflict', 'domain.default', `${host} was given by the box and stays with the app.`, {
    fix: 'Rename the app to change it.',
    command: 'paas apps:rename',
  })
}

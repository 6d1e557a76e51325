import type { Permission } from '../contract/route.ts'
import type { Database, SqlValue } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import { isConstraint } from '../db/sqlite-error.ts'
import { PaasError } from '../errors.ts'
import type { Access } from '../people/access.ts'
import type { Actor } from '../people/actor.ts'
import { checkAppName, madeUpName } from './app-name.ts'

export type AppRecord = {
  id: string
  name: string
  ownerId: string
  maintenance: boolean
  currentRelease: number | null
  createdAt: Date
}

type AppRow = {
  id: string
  name: string
  owner_id: string
  maintenance: number
  current_release: number | null
  created_at: number
}

const NAME_TRIES = 20
const MAX_APPS_OF_USER = 100

/** Apps by name for people and by id for everything that must survive a rename. */
export class Apps {
  readonly #db: Database
  readonly #access: Access

  constructor(db: Database, access: Access) {
    this.#db = db
    this.#access = access
  }

  /**
   * Owned by the actor; a name is made up when none is given. Throws `app.invalid-name`, `app.reserved`, `app.taken`,
   * `app.limit`.
   */
  create(actor: Actor, name?: string): AppRecord {
    const app: AppRecord = {
      id: newId('app'),
      name: name ?? this.#freeName(),
      ownerId: this.#ownerOfNew(actor),
      maintenance: false,
      currentRelease: null,
      createdAt: new Date(),
    }
    checkAppName(app.name)
    this.#naming(app.name, () =>
      this.#db.run(
        'INSERT INTO apps (id, name, owner_id, created_at) VALUES (?, ?, ?, ?)',
        app.id,
        app.name,
        app.ownerId,
        app.createdAt.getTime(),
      ),
    )
    return app
  }

  /** Throws what `create` would throw now for a name that nobody has. */
  requireCreatable(actor: Actor, name: string): void {
    this.#ownerOfNew(actor)
    checkAppName(name)
  }

  find(name: string): AppRecord | undefined {
    return this.#one('SELECT * FROM apps WHERE name = ?', name)
  }

  findById(id: string): AppRecord | undefined {
    return this.#one('SELECT * FROM apps WHERE id = ?', id)
  }

  /** Throws `app.not-found`, also for an app that the actor may not see, and `access.denied` for one they may see but not this. */
  getFor(actor: Actor, name: string, permission: Permission): AppRecord {
    const app = this.find(name)
    if (!app || !this.#access.can(actor, 'app:view', app)) throw notFound(name)
    this.#access.require(actor, permission, app)
    return app
  }

  /** Those that the actor may see, by name. */
  listFor(actor: Actor): AppRecord[] {
    const visible = this.#access.visibleAppIds(actor)
    return visible === 'all' ? this.list() : this.list().filter((app) => visible.has(app.id))
  }

  list(): AppRecord[] {
    return this.#db.all<AppRow>('SELECT * FROM apps ORDER BY name').map(appOf)
  }

  /** Throws as create does. */
  rename(id: string, name: string): void {
    checkAppName(name)
    this.#naming(name, () => this.#update('UPDATE apps SET name = ? WHERE id = ?', name, id))
  }

  setMaintenance(id: string, on: boolean): void {
    this.#update('UPDATE apps SET maintenance = ? WHERE id = ?', Number(on), id)
  }

  setCurrentRelease(id: string, release: number | null): void {
    this.#update('UPDATE apps SET current_release = ? WHERE id = ?', release, id)
  }

  /** Takes everything that belongs to it along; idempotent. */
  delete(id: string): void {
    this.#db.run('DELETE FROM apps WHERE id = ?', id)
  }

  #ownerOfNew(actor: Actor): string {
    this.#access.require(actor, 'user:create')
    if (!actor.user) throw new TypeError('An app is created by a user')
    const sql = 'SELECT count(*) AS count FROM apps WHERE owner_id = ?'
    const count = this.#db.get<{ count: number }>(sql, actor.user.id)?.count ?? 0
    if (count >= MAX_APPS_OF_USER) throw tooMany(actor.user.name)
    return actor.user.id
  }

  #one(sql: string, value: string): AppRecord | undefined {
    const row = this.#db.get<AppRow>(sql, value)
    return row && appOf(row)
  }

  #update(sql: string, ...values: SqlValue[]): void {
    const { changes } = this.#db.run(sql, ...values)
    if (changes === 0) throw notFound(String(values.at(-1)))
  }

  #naming(name: string, write: () => void): void {
    try {
      write()
    } catch (error) {
      if (!isConstraint(error) || !this.find(name)) throw error
      throw new PaasError('conflict', 'app.taken', `The name ${name} is taken.`, {
        fix: 'Choose another name, or leave it out to get one that is free.',
        command: 'paas apps:create',
      })
    }
  }

  #freeName(): string {
    for (let tries = 0; tries < NAME_TRIES; tries += 1) {
      const name = madeUpName()
      if (!this.find(name)) return name
    }
    throw new PaasError('failed', 'app.no-name', 'No free name was found.', { fix: 'Give the app a name yourself.' })
  }
}

function appOf(row: AppRow): AppRecord {
  return {
    id: row.id,
    name: row.name,
    ownerId: row.owner_id,
    maintenance: row.maintenance === 1,
    currentRelease: row.current_release,
    createdAt: new Date(row.created_at),
  }
}

function tooMany(user: string): PaasError {
  return new PaasError(
    'limited',
    'app.limit',
    `${user} owns ${MAX_APPS_OF_USER} apps, which is the limit for a user.`,
    {
      fix: 'Destroy one that is not needed any more.',
      command: 'paas apps',
    },
  )
}

function notFound(name: string): PaasError {
  return new PaasError('not-found', 'app.not-found', `There is no app ${name} that you may see.`, {
    fix: 'See which apps there are, or create it.',
    command: 'paas apps',
  })
}

import { UserName } from '../contract/names.ts'
import type { Database } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import { PaasError } from '../errors.ts'
import { PLATFORM_NAME, type UserRecord } from './actor.ts'

type UserRow = { id: string; name: string; box_owner: number; created_at: number }

const RESERVED_NAMES = [PLATFORM_NAME, 'system']

export class Users {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Throws `user.invalid-name` or `user.taken`. */
  create(name: string, options: { boxOwner: boolean }): UserRecord {
    checkName(name)
    const user = { id: newId('user'), name, boxOwner: options.boxOwner, createdAt: new Date() }
    const { changes } = this.#db.run(
      'INSERT INTO users (id, name, box_owner, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING',
      user.id,
      name,
      Number(user.boxOwner),
      user.createdAt.getTime(),
    )
    if (changes === 0) throw new PaasError('conflict', 'user.taken', `There is a user named ${name} already.`)
    return user
  }

  find(name: string): UserRecord | undefined {
    const row = this.#db.get<UserRow>('SELECT * FROM users WHERE name = ?', name)
    return row && userOf(row)
  }

  findById(id: string): UserRecord | undefined {
    const row = this.#db.get<UserRow>('SELECT * FROM users WHERE id = ?', id)
    return row && userOf(row)
  }

  /** Throws `user.not-found`. */
  get(name: string): UserRecord {
    const user = this.find(name)
    if (user) return user
    throw new PaasError('not-found', 'user.not-found', `There is no user named ${name}.`, {
      fix: 'Ask the owner of the box to add them.',
    })
  }

  /** By name. */
  list(): UserRecord[] {
    return this.#db.all<UserRow>('SELECT * FROM users ORDER BY name').map(userOf)
  }

  /** Takes keys, tokens and memberships along. Refuses the last box owner (`user.last-owner`) and owners of apps (`user.owns-apps`). */
  remove(name: string): void {
    this.#db.transaction(() => {
      const user = this.get(name)
      if (user.boxOwner && this.list().filter((other) => other.boxOwner).length === 1) throw lastOwner(name)
      const apps = this.#db.all<{ name: string }>('SELECT name FROM apps WHERE owner_id = ? ORDER BY name', user.id)
      if (apps.length > 0) throw ownsApps(name, apps)
      this.#db.run('DELETE FROM users WHERE id = ?', user.id)
    })
  }
}

export function userOf(row: UserRow): UserRecord {
  return { id: row.id, name: row.name, boxOwner: row.box_owner === 1, createdAt: new Date(row.created_at) }
}

function checkName(name: string): void {
  const parsed = UserName.safeParse(name)
  if (parsed.success && !RESERVED_NAMES.includes(name)) return
  const message = parsed.error?.issues[0]?.message ?? 'this name is reserved for the platform'
  throw new PaasError('invalid', 'user.invalid-name', `${JSON.stringify(name)} cannot be a user name: ${message}.`, {
    errors: [{ path: 'user', message }],
  })
}

function lastOwner(name: string): PaasError {
  return new PaasError('conflict', 'user.last-owner', `${name} is the only owner of this box.`, {
    fix: 'A box needs an owner.',
  })
}

function ownsApps(name: string, apps: { name: string }[]): PaasError {
  const names = apps.map((app) => app.name).join(', ')
  return new PaasError('conflict', 'user.owns-apps', `${name} still owns ${names}.`, {
    fix: 'Destroy these apps first.',
    command: `paas apps:destroy --app ${apps[0]?.name} --confirm ${apps[0]?.name}`,
  })
}

import type { z } from 'zod'
import type { Member, Role } from '../contract/access.ts'
import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'

type AppOwner = { id: string; ownerId: string }
type NamedRole = { name: string; role: Role }

/** The rows behind Access: who besides the owner has a role in which app. */
export class Memberships {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  role(appId: string, userId: string): Role | undefined {
    const sql = 'SELECT role FROM members WHERE app_id = ? AND user_id = ?'
    return this.#db.get<{ role: Role }>(sql, appId, userId)?.role
  }

  list(app: AppOwner): z.infer<typeof Member>[] {
    const owner = this.#db.get<{ name: string }>('SELECT name FROM users WHERE id = ?', app.ownerId)
    const others = this.#db.all<NamedRole>(
      `SELECT users.name, members.role FROM members JOIN users ON users.id = members.user_id
       WHERE members.app_id = ? ORDER BY users.name`,
      app.id,
    )
    return [
      ...(owner ? [{ user: owner.name, role: 'owner' as const }] : []),
      ...others.map(({ name, role }) => ({ user: name, role })),
    ]
  }

  set(app: AppOwner, userName: string, role: Role): void {
    this.#db.run(
      `INSERT INTO members (app_id, user_id, role) VALUES (?, ?, ?)
       ON CONFLICT (app_id, user_id) DO UPDATE SET role = excluded.role`,
      app.id,
      this.#otherThanOwner(app, userName),
      role,
    )
  }

  remove(app: AppOwner, userName: string): void {
    const userId = this.#otherThanOwner(app, userName)
    const { changes } = this.#db.run('DELETE FROM members WHERE app_id = ? AND user_id = ?', app.id, userId)
    if (changes === 0) {
      throw new PaasError('not-found', 'member.not-found', `${userName} has no access to this app.`, {
        command: 'paas access',
      })
    }
  }

  /** Owned and shared ones. */
  appsOf(userId: string): Set<string> {
    const rows = this.#db.all<{ id: string }>(
      'SELECT id FROM apps WHERE owner_id = ? UNION SELECT app_id FROM members WHERE user_id = ?',
      userId,
      userId,
    )
    return new Set(rows.map((row) => row.id))
  }

  #otherThanOwner(app: AppOwner, userName: string): string {
    const id = this.#db.get<{ id: string }>('SELECT id FROM users WHERE name = ?', userName)?.id
    if (!id) throw new PaasError('not-found', 'user.not-found', `There is no user named ${userName}.`)
    if (id !== app.ownerId) return id
    throw new PaasError('conflict', 'member.owner', `${userName} owns this app and so has all rights in it.`)
  }
}

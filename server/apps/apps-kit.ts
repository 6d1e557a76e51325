import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database } from '../db/database.ts'
import { Access } from '../people/access.ts'
import type { Actor } from '../people/actor.ts'
import { Apps } from './apps.ts'

/** A real database in a temporary directory, with ann, bob, and ann's app `shop`. */
export class AppsKit implements Disposable {
  readonly #directory = mkdtempDisposableSync(join(tmpdir(), 'paas-apps-'))
  readonly directory = this.#directory.path
  readonly db = Database.open(join(this.directory, 'paas.db'))
  readonly access = new Access(this.db)
  readonly apps = new Apps(this.db, this.access)
  readonly ann = this.#user('ann')
  readonly bob = this.#user('bob')
  readonly shop = this.apps.create(this.ann, 'shop')

  #user(name: string): Actor {
    const user = { id: `user_${name}`, name, boxOwner: false, createdAt: new Date(0) }
    this.db.run('INSERT INTO users (id, name, box_owner, created_at) VALUES (?, ?, 0, 0)', user.id, name)
    return { user, scope: 'admin', via: 'api' }
  }

  [Symbol.dispose](): void {
    this.db[Symbol.dispose]()
    this.#directory.remove()
  }
}

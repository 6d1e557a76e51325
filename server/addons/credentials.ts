import { randomBytes } from 'node:crypto'
import type { Database } from '../db/database.ts'
import { newId, randomCharacters } from '../db/ids.ts'
import type { SecretBox } from '../db/secret-box.ts'
import type { Login } from './addon-service.ts'

const PASSWORD_BYTES = 24

export type CredentialRecord = Login & {
  id: string
  addonId: string
  appId: string | null
  state: 'current' | 'retiring'
  untilRelease: number | null
  createdAt: Date
}

type Row = {
  id: string
  addon_id: string
  app_id: string | null
  login: string
  sealed_password: Uint8Array
  state: 'current' | 'retiring'
  until_release: number | null
  created_at: number
}

/** A login of its own for each app and addon, so that each can be renewed or taken away without the others. */
export class Credentials {
  readonly #db: Database
  readonly #box: SecretBox

  constructor(db: Database, box: SecretBox) {
    this.#db = db
    this.#box = box
  }

  /** The current one, made when there is none. */
  ensure(addonId: string, appId: string): CredentialRecord {
    return this.current(addonId, appId) ?? this.#insert(addonId, appId, 'current')
  }

  current(addonId: string, appId: string): CredentialRecord | undefined {
    return this.of(addonId).find((each) => each.appId === appId && each.state === 'current')
  }

  of(addonId: string): CredentialRecord[] {
    const sql = 'SELECT * FROM addon_credentials WHERE addon_id = ? ORDER BY created_at, id'
    return this.#db.all<Row>(sql, addonId).map((row) => this.#record(row))
  }

  retiring(): CredentialRecord[] {
    const sql = "SELECT * FROM addon_credentials WHERE state = 'retiring' ORDER BY created_at, id"
    return this.#db.all<Row>(sql).map((row) => this.#record(row))
  }

  /** From then on the app gets another one, or none. */
  retire(addonId: string, appId: string): void {
    this.#db.run(
      "UPDATE addon_credentials SET state = 'retiring' WHERE addon_id = ? AND app_id = ? AND state = 'current'",
      addonId,
      appId,
    )
  }

  /** A successor of the current one, of which no app hears yet; left so, it is taken away again as what nobody uses. */
  prepare(addonId: string, appId: string): CredentialRecord {
    return this.#insert(addonId, appId, 'retiring')
  }

  /** Once there is no other. */
  makeCurrent(id: string): void {
    this.#db.run("UPDATE addon_credentials SET state = 'current', until_release = NULL WHERE id = ?", id)
  }

  /** It goes when nothing older than this release runs; null: nothing that uses it runs. */
  retireUntil(id: string, release: number | null): void {
    this.#db.run('UPDATE addon_credentials SET until_release = ? WHERE id = ?', release, id)
  }

  delete(id: string): void {
    this.#db.run('DELETE FROM addon_credentials WHERE id = ?', id)
  }

  #insert(addonId: string, appId: string, state: CredentialRecord['state']): CredentialRecord {
    const id = newId('cred')
    this.#db.run(
      `INSERT INTO addon_credentials (id, addon_id, app_id, login, sealed_password, state, until_release, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      addonId,
      appId,
      `u_${randomCharacters(14)}`,
      this.#box.seal(newPassword(), place(id)),
      state,
      state === 'retiring' ? 0 : null,
      Date.now(),
    )
    const made = this.of(addonId).find((each) => each.id === id)
    if (!made) throw new Error('the credential that was just made is gone')
    return made
  }

  #record(row: Row): CredentialRecord {
    return {
      id: row.id,
      addonId: row.addon_id,
      appId: row.app_id,
      user: row.login,
      password: this.#box.unseal(row.sealed_password, place(row.id)),
      state: row.state,
      untilRelease: row.until_release,
      createdAt: new Date(row.created_at),
    }
  }
}

export function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url')
}

function place(id: string): string {
  return `addon_credentials|${id}`
}

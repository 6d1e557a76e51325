import { z } from 'zod'
import type { BackupStoreView, SetBackupStore } from '../../../contract/backup.ts'
import type { Database } from '../../../db/database.ts'
import { newId } from '../../../db/ids.ts'
import type { SecretBox } from '../../../db/secret-box.ts'
import { LocalStore } from './local-store.ts'
import { S3Store } from './s3-store.ts'
import type { BackupStore } from './store.ts'

const LOCAL = 'local'

const S3Row = z.object({
  endpoint: z.string(),
  region: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  pathStyle: z.boolean(),
  accessKeyId: z.string(),
})
type StoreRow = { id: string; kind: 'local' | 's3'; settings: string; sealed_secret: Uint8Array | null }

/** Where backups are kept now, and where older ones still lie. */
export class BackupStores {
  /** Of the directory of the box. */
  readonly localId = LOCAL
  readonly #db: Database
  readonly #box: SecretBox
  readonly #directory: string
  readonly #boxId: string

  constructor(parts: { db: Database; box: SecretBox; directory: string; boxId: string }) {
    this.#db = parts.db
    this.#box = parts.box
    this.#directory = parts.directory
    this.#boxId = parts.boxId
    this.#db.run(
      `INSERT INTO backup_stores (id, kind, settings, current, created_at)
       SELECT ?, 'local', '{}', NOT EXISTS (SELECT 1 FROM backup_stores WHERE current = 1), ?
       WHERE NOT EXISTS (SELECT 1 FROM backup_stores WHERE id = ?)`,
      LOCAL,
      Date.now(),
      LOCAL,
    )
  }

  current(): { id: string; kind: 'local' | 's3'; store: BackupStore } {
    const row = this.#current()
    return { id: row.id, kind: row.kind, store: this.#open(row) }
  }

  get(id: string): BackupStore {
    const row = this.#db.get<StoreRow>('SELECT * FROM backup_stores WHERE id = ?', id)
    if (!row) throw new Error(`backup store ${id} is not there`)
    return this.#open(row)
  }

  /** Those that something lies in, or will. */
  all(): { id: string; store: BackupStore }[] {
    return this.#db.all<StoreRow>('SELECT * FROM backup_stores').map((row) => ({ id: row.id, store: this.#open(row) }))
  }

  /** Tried before anything changes: throws `store.endpoint` or `store.failed` and leaves the one there is. */
  async set(wanted: SetBackupStore, signal: AbortSignal): Promise<void> {
    if (wanted.kind === 'local') return this.#makeCurrent(LOCAL)
    const { secretAccessKey, kind: _, ...settings } = wanted
    const prefix = settings.prefix === '' || settings.prefix.endsWith('/') ? settings.prefix : `${settings.prefix}/`
    // Several boxes may share a bucket; each takes away only what it left itself.
    const row = { ...settings, prefix: `${prefix}${this.#boxId}/` }
    await new S3Store({ ...row, secretAccessKey }).check(signal)
    const id = newId('sto')
    this.#db.transaction(() => {
      this.#db.run(
        `INSERT INTO backup_stores (id, kind, settings, sealed_secret, current, created_at) VALUES (?, 's3', ?, ?, 0, ?)`,
        id,
        JSON.stringify(row),
        this.#box.seal(secretAccessKey, place(id)),
        Date.now(),
      )
      this.#makeCurrent(id)
    })
  }

  /** Without the secret. */
  view(): BackupStoreView {
    const { kind, settings } = this.#current()
    return kind === 'local' ? { kind, directory: this.#directory } : { kind, ...S3Row.parse(JSON.parse(settings)) }
  }

  #current(): StoreRow {
    const row = this.#db.get<StoreRow>('SELECT * FROM backup_stores WHERE current = 1')
    if (!row) throw new Error('one store is always current')
    return row
  }

  #makeCurrent(id: string): void {
    this.#db.transaction(() => {
      this.#db.run('UPDATE backup_stores SET current = 0 WHERE current = 1')
      this.#db.run('UPDATE backup_stores SET current = 1 WHERE id = ?', id)
      this.#db.run(
        `DELETE FROM backup_stores WHERE current = 0 AND kind = 's3'
           AND NOT EXISTS (SELECT 1 FROM backups WHERE store_id = backup_stores.id)
           AND NOT EXISTS (SELECT 1 FROM addon_archive_segments WHERE store_id = backup_stores.id)
           AND NOT EXISTS (SELECT 1 FROM addon_archive_bases WHERE store_id = backup_stores.id)`,
      )
    })
  }

  #open({ id, kind, settings, sealed_secret }: StoreRow): BackupStore {
    if (kind === 'local' || sealed_secret === null) return new LocalStore(this.#directory)
    const secretAccessKey = this.#box.unseal(sealed_secret, place(id))
    return new S3Store({ ...S3Row.parse(JSON.parse(settings)), secretAccessKey })
  }
}

function place(id: string): string {
  return `backup_stores|${id}|secret`
}

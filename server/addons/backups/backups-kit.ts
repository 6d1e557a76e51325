import { mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database } from '../../db/database.ts'
import { SecretBox } from '../../db/secret-box.ts'
import { Settings } from '../../db/settings.ts'
import { createLog } from '../../log.ts'
import { SYSTEM } from '../../people/actor.ts'
import { Backups, type BackupsParts } from './backups.ts'
import { APP, FakeThings } from './fake-things.ts'
import { type BackupRecord, BackupRecords } from './records.ts'
import { RecoveryKeys } from './recovery-key.ts'
import { RestoreRecords } from './restores.ts'
import { Schedules } from './schedules.ts'
import { BackupStores } from './store/stores.ts'

/** For tests: the whole machinery over a real database and a real directory, with things that are texts. */
export class BackupsKit implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'paas-backups-'))
  readonly db: Database
  readonly settings: Settings
  readonly box: SecretBox
  readonly things = new FakeThings()
  readonly activity: string[] = []
  readonly logged: string[] = []
  clock = new Date('2026-03-01T12:00:00Z')
  parts: BackupsParts
  backups: Backups

  constructor(over: Partial<BackupsParts> = {}) {
    SecretBox.create(join(this.directory, 'secret.key'))
    this.box = SecretBox.open(join(this.directory, 'secret.key'))
    this.db = Database.open(join(this.directory, 'paas.db'))
    this.settings = new Settings(this.db)
    const stores = new BackupStores({ db: this.db, box: this.box, directory: this.stored, boxId: 'box_1' })
    this.parts = {
      records: new BackupRecords(this.db),
      restores: new RestoreRecords(this.db),
      schedules: new Schedules(this.db),
      stores,
      keys: new RecoveryKeys(this.settings, this.box),
      things: this.things,
      requireSpace: async () => undefined,
      now: () => this.clock,
      nameOfApp: (id) => (id === APP.id ? APP.name : undefined),
      activity: { record: (_actor, action, detail) => void this.activity.push(`${action} ${detail}`) },
      log: createLog('test', 'debug', (line) => this.logged.push(line)),
      tickMs: 5,
      ...over,
    }
    this.backups = new Backups(this.parts)
  }

  get stored(): string {
    return join(this.directory, 'backups')
  }

  /** Below the store, directories left out. */
  files(): string[] {
    try {
      const entries = readdirSync(this.stored, { recursive: true, withFileTypes: true })
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    } catch {
      return []
    }
  }

  /** As after a restart of the server. */
  async restart(): Promise<void> {
    await this.backups[Symbol.asyncDispose]()
    this.backups = new Backups(this.parts)
    this.backups.start()
  }

  async made(addon?: string): Promise<BackupRecord> {
    const { id } = this.backups.create(SYSTEM, APP, addon, 'manual')
    return await this.backups.ended(id, AbortSignal.timeout(60_000))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backups[Symbol.asyncDispose]()
    this.db[Symbol.dispose]()
    await rm(this.directory, { recursive: true, force: true })
  }
}

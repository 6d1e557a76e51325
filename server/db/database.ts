import { closeSync, existsSync, openSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { messageOf, PaasError } from '../errors.ts'
import { FileLock } from './file-lock.ts'
import { MIGRATIONS, migrate, readMigrations } from './migrations.ts'
import { type RowListener, tablesOfApps, type WatchedTable, watchRows } from './row-changes.ts'
import { CORRUPT, isDamaged, isFull } from './sqlite-error.ts'

export type SqlValue = string | number | bigint | null | Uint8Array

/** The file has one writer, so waiting is only ever for a reader's checkpoint or a backup. */
const BUSY_TIMEOUT_MS = 5_000

/** The box's state. Synchronous: a commit that returned is on disk. */
export class Database implements Disposable {
  readonly #connection: DatabaseSync
  readonly #lock: FileLock
  readonly #statements = new Map<string, StatementSync>()
  #depth = 0

  private constructor(connection: DatabaseSync, lock: FileLock) {
    this.#connection = connection
    this.#lock = lock
  }

  /**
   * Creates or opens the file and migrates it, keeping a copy of the old one. Throws `database.in-use`,
   * `database.newer`, `database.damaged`, `database.migration-failed` or `disk.full`; the file is then as it was.
   */
  static open(file: string, migrations = MIGRATIONS): Database {
    return writing(() => {
      const lock = FileLock.take(file)
      try {
        return new Database(connect(file, migrations), lock)
      } catch (error) {
        lock[Symbol.dispose]()
        throw error
      }
    })
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[]
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined
  }

  run(sql: string, ...values: SqlValue[]): { changes: number; lastId: number } {
    const { changes, lastInsertRowid } = writing(() => this.#statement(sql).run(...values))
    return { changes: Number(changes), lastId: Number(lastInsertRowid) }
  }

  /** BEGIN IMMEDIATE to COMMIT, or nothing when `fn` throws. Nested calls join the outer one. */
  transaction<T>(fn: () => T): T {
    if (this.#depth === 0) writing(() => this.#connection.exec('BEGIN IMMEDIATE'))
    this.#depth += 1
    try {
      const result = fn()
      if (result instanceof Promise) throw new TypeError('A transaction must be synchronous')
      if (this.#depth === 1) writing(() => this.#connection.exec('COMMIT'))
      return result
    } catch (error) {
      // SQLite has rolled back by itself after some errors, a full disk among them.
      if (this.#depth === 1 && this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
      throw error
    } finally {
      this.#depth -= 1
    }
  }

  /** Tells of every row that is written in tables with an `app_id`, and in those named beside. Once for a database. */
  onRows(others: readonly WatchedTable[], listener: RowListener): void {
    const named = new Set(others.map(({ name }) => name))
    const rest = tablesOfApps(this.#connection).filter((name) => !named.has(name))
    watchRows(this.#connection, [...others, ...rest.map((name) => ({ name }))], listener)
  }

  [Symbol.dispose](): void {
    if (!this.#connection.isOpen) return
    this.#statements.clear()
    this.#connection.close()
    this.#lock[Symbol.dispose]()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#connection.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

function connect(file: string, migrations: string): DatabaseSync {
  closeSync(openSync(file, 'a', 0o600))
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  try {
    connection.exec('PRAGMA journal_mode = WAL')
    connection.exec('PRAGMA synchronous = FULL')
    checkPages(connection)
    migrate(connection, file, readMigrations(migrations))
    return connection
  } catch (error) {
    connection.close()
    throw isDamaged(error) ? damaged(file, error) : error
  }
}

function checkPages(connection: DatabaseSync): void {
  const finding = connection.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
  if (finding !== 'ok') throw Object.assign(new Error(String(finding)), { errcode: CORRUPT })
}

function writing<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!isFull(error)) throw error
    throw new PaasError(
      'unavailable',
      'disk.full',
      'The disk of the box is full: nothing was changed.',
      { fix: 'Free some space below the data root, then try again.', command: 'df -h' },
      { cause: error },
    )
  }
}

function damaged(file: string, cause: unknown): PaasError {
  const copy = newestSnapshot(file)
  const fix = copy
    ? 'Put it aside and go back to the newest copy; what happened since that copy is lost.'
    : 'Put it aside and restore a backup of it.'
  return new PaasError(
    'failed',
    'database.damaged',
    `${file} is damaged: ${messageOf(cause)}.`,
    { fix, ...(copy && { command: `mv ${file} ${file}.damaged && cp ${copy} ${file}` }) },
    { cause },
  )
}

function newestSnapshot(file: string): string | undefined {
  const directory = dirname(file)
  if (!existsSync(directory)) return undefined
  const prefix = `${basename(file)}.before-`
  const versions = readdirSync(directory)
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .filter(Number.isInteger)
  return versions.length > 0 ? join(directory, `${prefix}${Math.max(...versions)}`) : undefined
}

import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { PaasError } from '../errors.ts'
import { isFull } from './sqlite-error.ts'

export const MIGRATIONS = join(import.meta.dirname, 'migrations')

export type Migration = { version: number; name: string; sql: string }

/** `NNN-what-it-does.sql`, numbered from 1 without a gap. */
export function readMigrations(directory: string): Migration[] {
  const names = readdirSync(directory)
    .filter((name) => /^\d{3}-[a-z0-9-]+\.sql$/.test(name))
    .sort()
  return names.map((name, index) => {
    const version = Number(name.slice(0, 3))
    if (version !== index + 1) throw new Error(`Migration ${name} should be number ${index + 1}`)
    return { version, name, sql: readFileSync(join(directory, name), 'utf8') }
  })
}

/**
 * Brings the file to the newest schema: each migration in a transaction of its own together with its number, so that a
 * crash leaves the version before it or after it. An existing file is copied to `<file>.before-<newest>` first.
 */
export function migrate(connection: DatabaseSync, file: string, migrations: Migration[]): void {
  const newest = migrations.at(-1)?.version ?? 0
  const current = schemaVersion(connection)
  if (current > newest) throw newerSchema(file, current, newest)
  if (current === newest) return
  if (current > 0) snapshot(connection, snapshotFile(file, newest))
  for (const migration of migrations.slice(current)) apply(connection, migration)
}

export function snapshotFile(file: string, version: number): string {
  return `${file}.before-${version}`
}

function schemaVersion(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.['user_version'])
}

function apply(connection: DatabaseSync, { version, name, sql }: Migration): void {
  connection.exec('BEGIN IMMEDIATE')
  try {
    connection.exec(sql)
    connection.exec(`PRAGMA user_version = ${version}`)
    connection.exec('COMMIT')
  } catch (cause) {
    if (connection.isTransaction) connection.exec('ROLLBACK')
    if (isFull(cause)) throw cause
    throw new PaasError(
      'failed',
      'database.migration-failed',
      `The database could not be brought to schema ${version} (${name}); it is as it was.`,
      { fix: 'Start the version of paas that ran before, and report this.' },
      { cause },
    )
  }
}

function snapshot(connection: DatabaseSync, target: string): void {
  const temporary = `${target}.tmp`
  rmSync(temporary, { force: true })
  // SQLite would make it readable to others; it takes an empty file as it finds it.
  closeSync(openSync(temporary, 'wx', 0o600))
  connection.prepare('VACUUM INTO ?').run(temporary)
  syncPath(temporary)
  renameSync(temporary, target)
  syncPath(dirname(target))
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function newerSchema(file: string, current: number, newest: number): PaasError {
  const copy = snapshotFile(file, current)
  const message = `${file} has schema ${current}; this version of paas knows schemas up to ${newest}.`
  const upgrade = 'Start the version of paas that wrote it, or a newer one'
  if (!existsSync(copy)) return new PaasError('failed', 'database.newer', message, { fix: `${upgrade}.` })
  return new PaasError('failed', 'database.newer', message, {
    fix: `${upgrade}; or go back to the copy made before that upgrade, which loses what happened since.`,
    command: `cp ${copy} ${file}`,
  })
}

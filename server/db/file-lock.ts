import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { PaasError } from '../errors.ts'
import { isBusy } from './sqlite-error.ts'

/**
 * One owner per file, held by the operating system and so let go however the process ends. Node has no flock; an
 * exclusive transaction on a SQLite file of its own is one.
 */
export class FileLock implements Disposable {
  readonly #connection: DatabaseSync

  private constructor(connection: DatabaseSync) {
    this.#connection = connection
  }

  /** Throws `database.in-use` when another process, or another object of this one, holds it. */
  static take(file: string): FileLock {
    // Whoever may read it may hold it, too.
    closeSync(openSync(`${file}.lock`, 'a', 0o600))
    const connection = new DatabaseSync(`${file}.lock`, { timeout: 0 })
    try {
      // On a file with a first page nothing is written any more, so a full disk does not stop the lock.
      if (connection.prepare('PRAGMA user_version').get()?.['user_version'] === 0) {
        connection.exec('PRAGMA user_version = 1')
      }
      connection.exec('BEGIN EXCLUSIVE')
      return new FileLock(connection)
    } catch (error) {
      connection.close()
      if (!isBusy(error)) throw error
      throw new PaasError('unavailable', 'database.in-use', `Another server is using ${file}.`, {
        fix: 'One server runs per data root: stop the other one, or give this one a PAAS_DATA of its own.',
      })
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close()
  }
}

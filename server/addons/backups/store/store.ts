import type { Readable } from 'node:stream'
import { PaasError } from '../../../errors.ts'

/** One thing in a store, by a name like `postgresql/shop-db/20260301T020000Z-bkp_0….pgdump.zst.age`. */
export type StoredObject = { name: string; bytes: number }

/** Where backups lie. Names are made by us: letters, digits, `.`, `_`, `-` and `/`. */
export interface BackupStore {
  /** When it returns the whole is there, for good; when it throws, nothing is. */
  put(
    name: string,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
    /** About how many will come at most; null where nobody knows. */
    expectedBytes?: number | null,
  ): Promise<StoredObject>
  /** Throws `backup.missing` before anything is read. */
  get(name: string, signal: AbortSignal): Promise<Readable>
  /** Undefined when it is not there. */
  find(name: string): Promise<StoredObject | undefined>
  list(prefix: string): Promise<StoredObject[]>
  /** Idempotent. */
  remove(name: string): Promise<void>
  /** Takes away what writing that was broken off has left; only while nobody writes. */
  sweep(): Promise<void>
  /** Writes, reads and removes a small object. Throws in words whoever set the store understands. */
  check(signal: AbortSignal): Promise<void>
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/

/** No name leads out of its store, whoever made it. */
export function checkName(name: string): void {
  if (!NAME.test(name) || name.length > 900) throw new Error(`${JSON.stringify(name)} is no name of a stored object`)
}

export const CHECK_NAME = 'paas-check'

export function missing(name: string): PaasError {
  return new PaasError('not-found', 'backup.missing', `The file ${name} is not in the store any more.`, {
    fix: 'Somebody removed it, or the store is another one now: restore another backup.',
    command: 'paas backups',
  })
}

import type { Readable } from 'node:stream'
import { PaasError } from '../../errors.ts'
import type { BackedThings, Facts } from './backed.ts'
import { difference } from './facts.ts'
import { unpack } from './format/pack.ts'
import type { BackupRecord } from './records.ts'
import type { RecoveryKeys } from './recovery-key.ts'
import type { BackupStores } from './store/stores.ts'

/** Opens backups again: to prove them, to restore them, to hand them out. */
export class ProofWork {
  readonly #stores: BackupStores
  readonly #keys: RecoveryKeys
  readonly #things: BackedThings

  constructor(parts: { stores: BackupStores; keys: RecoveryKeys; things: BackedThings }) {
    this.#stores = parts.stores
    this.#keys = parts.keys
    this.#things = parts.things
  }

  /** Restores it into something made for the trial, and counts there. Throws when it is not what was backed up. */
  async prove(record: BackupRecord, signal: AbortSignal): Promise<Facts> {
    const thing = this.#things.find(record.subject)
    if (!thing) throw subjectGone(record)
    // First: what it is of may go while the file is sought.
    await using scratch = await thing.scratch(signal)
    const from = await this.open(record, signal)
    // Its tail is read even where the program that restores stops before it: the sums are told at the end.
    await scratch.restore(from, signal).catch((error: unknown) => {
      throw sourceError(from) ?? error
    })
    await drain(from)
    const found = await scratch.check(signal)
    const other = difference(record.facts ?? {}, found)
    if (other === undefined) return found
    throw new PaasError('failed', 'backup.other', `What came out of it is not what went in: ${other}.`, {
      fix: 'Look at what was written to the database since the backup before, then back up again.',
    })
  }

  /** The plain bytes; the stream ends with an error where they are not those that were written. */
  async open(record: BackupRecord, signal: AbortSignal): Promise<Readable> {
    const { identity } = await this.#keys.get()
    return unpack(await this.sealed(record, signal), identity, record.sums ?? undefined)
  }

  /** As it lies in the store. Throws `backup.missing`. */
  async sealed({ storeId, object, state, name }: BackupRecord, signal: AbortSignal): Promise<Readable> {
    if (state === 'succeeded' && storeId !== null && object !== null) {
      return await this.#stores.get(storeId).get(object, signal)
    }
    throw new PaasError('conflict', 'backup.not-whole', `${name} is ${state}: there is nothing to restore in it.`, {
      fix: 'Choose one that succeeded.',
      command: 'paas backups',
    })
  }
}

export function subjectGone({ subjectName }: BackupRecord): PaasError {
  return new PaasError('not-found', 'backup.subject-gone', `${subjectName} is not there any more.`)
}

/** Why a backup could not be read: of more use than what the program says that it was to be fed to. */
export function sourceError(from: Readable | undefined): PaasError | undefined {
  return from?.errored instanceof PaasError ? from.errored : undefined
}

async function drain(stream: Readable): Promise<void> {
  if (stream.readableEnded) return
  for await (const _ of stream);
}

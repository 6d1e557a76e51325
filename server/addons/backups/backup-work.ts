import { messageOf, PaasError } from '../../errors.ts'
import { type Faults, noFaults } from '../../faults.ts'
import type { BackedOfApp, BackedThings, Dump } from './backed.ts'
import { manifestOf, manifestText } from './format/manifest.ts'
import { type Packed, pack } from './format/pack.ts'
import { objectName } from './object-name.ts'
import { subjectGone } from './proof-work.ts'
import type { BackupRecord, BackupRecords } from './records.ts'
import type { RecoveryKeys } from './recovery-key.ts'
import { one } from './store/local-store.ts'
import type { BackupStore } from './store/store.ts'
import type { BackupStores } from './store/stores.ts'

const PROGRESS_EVERY_MS = 1_000
/** Whose backup is less than half of the one before is told to people: somebody may have emptied it. */
const SHRUNK = 0.5
const WORTH_SAYING_BYTES = 64 * 1024

export type WorkParts = {
  records: BackupRecords
  stores: BackupStores
  keys: RecoveryKeys
  things: BackedThings
  /** Refuses with words when the box has no room for what may come. */
  requireSpace: (expectedBytes: number | null) => Promise<void>
  now: () => Date
  faults?: Faults
}

/** Makes one backup, from the row that asks for it to the row that says it lies there whole. Throws when it cannot. */
export class BackupWork {
  readonly #parts: WorkParts

  constructor(parts: WorkParts) {
    this.#parts = parts
  }

  /** What people should hear though it went well; undefined: nothing. */
  async make(record: BackupRecord, signal: AbortSignal): Promise<string | undefined> {
    const { records, stores, keys, things, now, faults = noFaults } = this.#parts
    const thing = things.find(record.subject)
    if (!thing) throw subjectGone(record)
    const { recipient } = await keys.get()
    const dump = await thing.backup(signal)
    const object = objectName(record, dump.suffix)
    try {
      if (stores.current().kind === 'local') await this.#parts.requireSpace(dump.expectedBytes)
      // One that was replaced while the dump began is gone unless something lies in it.
      const { id: storeId, store } = stores.current()
      records.started(record.id, { storeId, object, recipient }, now())
      records.dumping(record.id, dump)
      faults('backup-writing:before')
      const packed = await this.#write(record, dump, store, object, recipient, signal)
      faults('backup-writing:after')
      await refuseHalf(dump, packed, store, object)
      const facts = await dump.facts
      await this.#describe(record, thing, dump, packed, { store, object, recipient, signal })
      const before = records.lastWhole(record.subject)
      records.succeeded(record.id, packed, facts, now())
      return shrunk(before, packed)
    } finally {
      dump.stream.destroy()
    }
  }

  async #write(
    record: BackupRecord,
    dump: Dump,
    store: BackupStore,
    object: string,
    recipient: string,
    signal: AbortSignal,
  ): Promise<Packed> {
    const { records, faults = noFaults } = this.#parts
    let writtenAt = 0
    return await pack(dump.stream, {
      recipient,
      signal,
      put: async (bytes) => void (await store.put(object, bytes, signal, dump.expectedBytes)),
      onProgress: (bytes) => {
        const at = performance.now()
        if (at - writtenAt < PROGRESS_EVERY_MS) return
        writtenAt = at
        records.progressed(record.id, bytes)
        faults('backup-progress:after')
      },
    })
  }

  /** Last: a backup without its manifest is none to whoever finds it in the store. */
  async #describe(
    record: BackupRecord,
    thing: BackedOfApp,
    dump: Dump,
    packed: Packed,
    to: { store: BackupStore; object: string; recipient: string; signal: AbortSignal },
  ): Promise<void> {
    const { id, name, kind, subject, subjectName } = record
    const text = manifestText(
      {
        ...{ id, name, kind, subject, subjectName },
        app: thing.app.name,
        createdAt: record.createdAt.toISOString(),
        tool: dump.tool,
        recipient: to.recipient,
      },
      packed,
    )
    await to.store.put(manifestOf(to.object), one(Buffer.from(text)), to.signal)
  }
}

/** The programs' word is not enough: what lies there is looked at, and nothing at all is no backup. */
async function refuseHalf(dump: Dump, { plain, stored }: Packed, store: BackupStore, object: string): Promise<void> {
  if (plain.bytes === 0) throw new Error(`${dump.tool} ended well, but gave nothing`)
  const found = await store.find(object)
  if (found?.bytes !== stored.bytes) {
    throw new Error(`The store has ${found?.bytes ?? 'none'} of the ${stored.bytes} bytes that were written to it`)
  }
}

function shrunk(before: BackupRecord | undefined, { plain }: Packed): string | undefined {
  const bytes = before?.sums?.plain.bytes ?? 0
  if (bytes < WORTH_SAYING_BYTES || plain.bytes >= bytes * SHRUNK) return undefined
  return `it has ${plain.bytes} bytes, less than half of the ${bytes} of ${before?.name}`
}

/** In one line, for a row and for people. */
export function whyOf(error: unknown): string {
  const fix = error instanceof PaasError ? error.help.fix : undefined
  const text = fix === undefined ? messageOf(error) : `${messageOf(error)} ${fix}`
  return text.replace(/\s+/g, ' ').slice(0, 1_000)
}

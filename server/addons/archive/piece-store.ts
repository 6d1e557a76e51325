import type { Readable } from 'node:stream'
import type { Base } from '../addon-service.ts'
import { manifestOf, manifestText } from '../backups/format/manifest.ts'
import { type Packed, pack, unpack } from '../backups/format/pack.ts'
import type { RecoveryKeys } from '../backups/recovery-key.ts'
import { one } from '../backups/store/local-store.ts'
import type { BackupStore } from '../backups/store/store.ts'
import type { BackupStores } from '../backups/store/stores.ts'
import { serviceNamed } from '../services.ts'
import type { ArchiveRecord, BaseRecord } from './archive-rows.ts'

type Place = { storeId: string; object: string }
type Stored = Place & { sums: Packed }

/** Where pieces of archives lie, sealed as backups are (docs/decisions/015). */
export class PieceStore {
  readonly #stores: BackupStores
  readonly #keys: RecoveryKeys
  readonly #requireSpace: (expectedBytes: number | null) => Promise<void>

  constructor(parts: {
    stores: BackupStores
    keys: RecoveryKeys
    requireSpace: (expectedBytes: number | null) => Promise<void>
  }) {
    this.#stores = parts.stores
    this.#keys = parts.keys
    this.#requireSpace = parts.requireSpace
  }

  /** Under a name of its own, so that what was interrupted is written over. */
  async putSegment(archive: ArchiveRecord, name: string, from: Readable, signal: AbortSignal): Promise<Stored> {
    const place = { storeId: this.#stores.current().id, object: `${folderOf(archive)}/wal/${name}.zst.age` }
    return await this.#put(place, from, null, signal)
  }

  /** Where the next base will lie. */
  placeOfBase(archive: ArchiveRecord, now: Date): { storeId: string; object: (id: string) => string } {
    const at = now.toISOString().replace(/[-:]|\.\d{3}/g, '')
    return { storeId: this.#stores.current().id, object: (id) => `${folderOf(archive)}/base/${at}-${id}.tar.zst.age` }
  }

  /** With a manifest beside it, written last. */
  async putBase(
    archive: ArchiveRecord,
    base: BaseRecord,
    { stream, expectedBytes }: Base,
    signal: AbortSignal,
  ): Promise<Packed> {
    const { storeId, object } = placeOf(base)
    const { recipient } = await this.#keys.get()
    const { sums } = await this.#put({ storeId, object }, stream, expectedBytes, signal)
    const { service: kind, subject, subjectName, version } = archive
    const text = manifestText(
      {
        ...{ id: base.id, name: base.id, kind, subject, subjectName, app: null, recipient },
        createdAt: base.createdAt.toISOString(),
        tool: `${serviceNamed(kind).title} ${version}, all files of the server`,
      },
      sums,
    )
    await this.#stores.get(storeId).put(manifestOf(object), one(Buffer.from(text)), signal)
    return sums
  }

  /** The plain bytes; the stream ends with an error where they are not those that were written. */
  async open(piece: { storeId: string | null; object: string | null; sums: Packed | null }, signal: AbortSignal) {
    const { storeId, object } = placeOf(piece)
    const { identity } = await this.#keys.get()
    return unpack(await this.#stores.get(storeId).get(object, signal), identity, piece.sums ?? undefined)
  }

  /** Idempotent. */
  async remove(piece: { storeId: string | null; object: string | null }): Promise<void> {
    const { storeId, object } = placeOf(piece)
    const store = this.#stores.get(storeId)
    await store.remove(object)
    if (object.includes('/base/')) await store.remove(manifestOf(object))
  }

  async #put(place: Place, from: Readable, expectedBytes: number | null, signal: AbortSignal): Promise<Stored> {
    try {
      const store = this.#stores.get(place.storeId)
      if (place.storeId === this.#stores.localId) await this.#requireSpace(expectedBytes)
      const { recipient } = await this.#keys.get()
      const put = async (bytes: AsyncIterable<Uint8Array>) =>
        void (await store.put(place.object, bytes, signal, expectedBytes))
      const sums = await pack(from, { recipient, put, signal })
      await refuseHalf(store, place.object, sums)
      return { ...place, sums }
    } finally {
      from.destroy()
    }
  }
}

/** What the store says is not enough: what lies there is looked at. */
async function refuseHalf(store: BackupStore, object: string, { plain, stored }: Packed): Promise<void> {
  if (plain.bytes === 0) throw new Error('The program ended well, but gave nothing')
  const found = await store.find(object)
  if (found?.bytes === stored.bytes) return
  throw new Error(`The store has ${found?.bytes ?? 'none'} of the ${stored.bytes} bytes that were written to it`)
}

/** By the id of the archive: no two servers ever write into one. */
function folderOf({ service, subjectName, id }: ArchiveRecord): string {
  return `${service}/${subjectName.replace(/[^A-Za-z0-9._-]/g, '-')}/${id}`
}

function placeOf({ storeId, object }: { storeId: string | null; object: string | null }): Place {
  if (storeId === null || object === null) throw new Error('nothing of it lies anywhere')
  return { storeId, object }
}

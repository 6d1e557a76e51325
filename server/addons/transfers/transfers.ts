import { PassThrough, Readable } from 'node:stream'
import type { AppRecord } from '../../apps/apps.ts'
import { messageOf, PaasError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { ActivityLog } from '../../people/activity.ts'
import type { Actor } from '../../people/actor.ts'
import type { AddonRecord } from '../addon-records.ts'
import type { ExportForm } from '../addon-service.ts'
import type { Addons } from '../addons.ts'
import { requireAvailable } from '../available.ts'
import type { BackedThings } from '../backups/backed.ts'
import type { Backups } from '../backups/backups.ts'
import { databaseOf } from '../servers.ts'
import { serviceNamed } from '../services.ts'
import { busyWith, noTransfers, notConfirmed, unknownTransfer } from './refusals.ts'
import { placeName, reachable, readPlace } from './remote.ts'
import type { NewTransfer, TransferRecord, TransferRecords } from './transfer-records.ts'

const STOPPED = 'the server was stopped in the middle; nothing was changed'

export type TransfersParts = {
  addons: Pick<Addons, 'server' | 'servers' | 'backup' | 'whileAvailable'>
  records: TransferRecords
  backups: Pick<Backups, 'before'>
  things: Pick<BackedThings, 'restoreNew'>
  activity: Pick<ActivityLog, 'record'>
  /** Addresses that are not public and may be fetched from all the same. */
  allowedHosts: readonly string[]
  log: Log
  now: () => Date
}

type Open = (signal: AbortSignal) => Promise<Readable>
type Progress = { step: string; bytes: number }
export type ForkWish = { name?: string | undefined; plan?: string | undefined; version?: string | undefined }

/**
 * Brings data into databases. What comes is made whole beside the database and then takes its place at once: whatever goes
 * wrong before changes nothing. One at a time for each addon.
 */
export class Transfers implements AsyncDisposable {
  readonly #parts: TransfersParts
  readonly #closing = new AbortController()
  readonly #running = new Map<string, Progress>()
  readonly #work = new Set<Promise<unknown>>()
  /** Addons that are being filled. */
  readonly #targets = new Set<string>()

  constructor(parts: TransfersParts) {
    this.#parts = parts
  }

  /** What an earlier life has left is written off; the half of a database goes with the next transfer. */
  start(): void {
    this.#parts.records.interrupted(STOPPED, this.#parts.now())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error(STOPPED))
    await Promise.allSettled(this.#work)
  }

  async export(addon: AddonRecord, form: ExportForm, signal: AbortSignal): Promise<{ name: string; stream: Readable }> {
    const { transfers, access, database } = await this.#way(addon)
    const stream = await transfers.export(access, database, form, signal)
    return { name: `${addon.name}.${form === 'sql' ? 'sql' : 'pgdump'}`, stream }
  }

  /** Resolves when all of it was read, or it is done; throws when it could not be. A sender that goes before changes nothing. */
  async importFile(
    actor: Actor,
    app: AppRecord,
    addon: AddonRecord,
    {
      content,
      confirm,
      signal,
    }: { content: AsyncIterable<Uint8Array>; confirm: string | undefined; signal: AbortSignal },
  ): Promise<TransferRecord> {
    await this.#requireConfirmed(addon, confirm)
    const read = Promise.withResolvers<void>()
    const gone = new AbortController()
    const stop = () => gone.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    async function* watched() {
      yield* content
      signal.removeEventListener('abort', stop)
      read.resolve()
    }
    const open: Open = async () => Readable.from(watched(), { objectMode: false })
    const source = { kind: 'import', source: 'a file', open, gone: gone.signal } as const
    const { record, done } = this.#replace(actor, app, addon, source)
    await Promise.race([done, read.promise])
    return this.#parts.records.get(record.id)
  }

  /** Begun when it returns. Throws `transfer.url`, `transfer.private-address`, `addon.not-empty`. */
  async importFrom(actor: Actor, app: AppRecord, addon: AddonRecord, url: string, confirm: string | undefined) {
    const place = readPlace(url, transfersOf(addon).protocols)
    const remote = await reachable(place, this.#parts.allowedHosts)
    await this.#requireConfirmed(addon, confirm)
    const open: Open = async (signal) => {
      const { transfers, access } = await this.#way(addon)
      return await transfers.fetch(access, remote, signal)
    }
    return this.#begun(this.#replace(actor, app, addon, { kind: 'import', source: placeName(place), open }))
  }

  async copy(actor: Actor, app: AppRecord, source: AddonRecord, target: AddonRecord, confirm: string | undefined) {
    if (source.id === target.id || source.service !== target.service) throw noTransfers(target, source)
    await this.#way(source)
    await this.#requireConfirmed(target, confirm)
    const open: Open = (signal) => this.#parts.addons.backup(source, signal)
    return this.#begun(this.#replace(actor, app, target, { kind: 'copy', source: source.name, open }))
  }

  /** A new addon of the app that owns the source. */
  fork(actor: Actor, app: AppRecord, source: AddonRecord, wish: ForkWish): TransferRecord {
    requireAvailable(source)
    transfersOf(source)
    const { addons, things } = this.#parts
    const started = this.#run(
      actor,
      app,
      { kind: 'fork', source: source.name, target: null },
      async (record, signal) => {
        const open = async () => this.#counted(record, await addons.backup(source, signal))
        this.#say(record, 'making the new one')
        const from = { kind: source.service, subject: `addon:${source.id}`, subjectName: source.name, app }
        return (await things.restoreNew({ ...from, open, wish }, signal)).name
      },
    )
    return this.#begun(started)
  }

  /** Throws `transfer.not-found`. */
  get(app: AppRecord, nameOrId: string): TransferRecord {
    const record = this.#parts.records.findOf(app.id, nameOrId)
    if (!record) throw unknownTransfer(app, nameOrId)
    return record
  }

  list(app: AppRecord): TransferRecord[] {
    return this.#parts.records.listOf(app.id)
  }

  /** How far it is; undefined when it has ended. */
  progress({ id }: TransferRecord): Progress | undefined {
    return this.#running.get(id)
  }

  #replace(
    actor: Actor,
    app: AppRecord,
    addon: AddonRecord,
    { kind, source, open, gone }: { kind: 'import' | 'copy'; source: string; open: Open; gone?: AbortSignal },
  ) {
    if (this.#targets.has(addon.id)) throw busyWith(addon)
    this.#targets.add(addon.id)
    const row = { kind, source, target: addon.name }
    const started = this.#run(actor, app, row, async (record, closing) => {
      const signal = gone ? AbortSignal.any([closing, gone]) : closing
      await this.#backUp(actor, app, addon, record, signal)
      await this.#fill(addon, record, open, signal)
      return addon.name
    })
    started.done = started.done.finally(() => this.#targets.delete(addon.id))
    return started
  }

  async #backUp(actor: Actor, app: AppRecord, addon: AddonRecord, record: TransferRecord, signal: AbortSignal) {
    const { transfers, access, database } = await this.#way(addon)
    if (await transfers.isEmpty(access, database)) return
    this.#say(record, 'making a backup first')
    const { name } = await this.#parts.backups.before(actor, app, addon.name, signal)
    this.#parts.records.backedUp(record.id, name)
  }

  async #fill(addon: AddonRecord, record: TransferRecord, open: Open, signal: AbortSignal): Promise<void> {
    const { transfers, access, database } = await this.#way(addon)
    this.#say(record, 'copying')
    const staged = await transfers.stage(access, database)
    try {
      const from = await open(signal)
      await transfers.import(access, staged, this.#counted(record, from), signal).catch((error: unknown) => {
        throw from.errored instanceof PaasError ? from.errored : error
      })
      this.#say(record, 'putting it in its place')
      await this.#parts.addons.whileAvailable(addon, async () => {
        const now = await this.#way(addon)
        await transfers.takePlace(now.access, database)
      })
    } catch (error) {
      await transfers.discard(access, database).catch(() => undefined)
      throw error
    }
  }

  /** `done` rejects as the work does, and is watched over: whoever has no use for it may leave it. */
  #run(
    actor: Actor,
    app: AppRecord,
    row: Pick<NewTransfer, 'kind' | 'source' | 'target'>,
    work: (record: TransferRecord, signal: AbortSignal) => Promise<string>,
  ): { record: TransferRecord; done: Promise<void> } {
    const { activity, log, now, records } = this.#parts
    const record = records.begun({ ...row, appId: app.id, userId: actor.user?.id ?? null }, now())
    activity.record(actor, `addon.${row.kind}`, `${record.name}: ${row.source} to ${row.target ?? 'a new addon'}`, app)
    this.#running.set(record.id, { step: 'beginning', bytes: 0 })
    const done = (async () => {
      try {
        const target = await work(record, this.#closing.signal)
        records.succeeded(record.id, target, this.#running.get(record.id)?.bytes ?? 0, now())
      } catch (error) {
        const why = error instanceof PaasError ? error.message : `our fault: ${messageOf(error)}`
        if (!this.#closing.signal.aborted) records.failed(record.id, why, now())
        log.warn('addons.transfer-failed', { transfer: record.name, app: app.name, reason: messageOf(error) })
        throw error
      } finally {
        this.#running.delete(record.id)
      }
    })()
    this.#work.add(done)
    void done.catch(() => undefined).finally(() => this.#work.delete(done))
    return { record, done }
  }

  #begun({ record, done }: { record: TransferRecord; done: Promise<void> }): TransferRecord {
    void done.catch(() => undefined)
    return record
  }

  #say({ id }: TransferRecord, step: string): void {
    this.#running.set(id, { step, bytes: this.#running.get(id)?.bytes ?? 0 })
  }

  #counted({ id }: TransferRecord, from: Readable): Readable {
    const counting = new PassThrough()
    from.on('data', (chunk: Buffer) => {
      const now = this.#running.get(id)
      if (now) now.bytes += chunk.length
    })
    from.on('error', (error) => counting.destroy(error))
    counting.on('close', () => from.destroy())
    return from.pipe(counting)
  }

  async #requireConfirmed(addon: AddonRecord, confirm: string | undefined): Promise<void> {
    const { transfers, access, database } = await this.#way(addon)
    if (confirm !== addon.name && !(await transfers.isEmpty(access, database))) throw notConfirmed(addon)
  }

  async #way(addon: AddonRecord) {
    requireAvailable(addon)
    const { addons } = this.#parts
    const transfers = transfersOf(addon)
    return { transfers, access: await addons.servers.access(addons.server(addon)), database: databaseOf(addon) }
  }
}

function transfersOf(addon: AddonRecord) {
  const { transfers } = serviceNamed(addon.service)
  if (!transfers) throw noTransfers(addon)
  return transfers
}

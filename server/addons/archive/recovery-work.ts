import type { AppRecord, Apps } from '../../apps/apps.ts'
import { PaasError } from '../../errors.ts'
import type { ServerRecord } from '../addon-records.ts'
import type { Database, Recovery } from '../addon-service.ts'
import type { Addons } from '../addons.ts'
import { difference } from '../backups/facts.ts'
import { newAddon } from '../backups/new-addon.ts'
import type { RestoreRecord } from '../backups/restores.ts'
import type { ScratchServers } from '../backups/scratch-servers.ts'
import { databaseOf } from '../servers.ts'
import { copiesOf, serviceNamed } from '../services.ts'
import type { ArchiveRecords } from './archive-records.ts'
import type { ArchiveRecord, BaseRecord } from './archive-rows.ts'
import type { Archiver } from './archiver.ts'
import { archiveOfService } from './base-work.ts'
import type { PieceRecords } from './piece-records.ts'
import type { PieceStore } from './piece-store.ts'
import { type Chosen, chosenFor } from './window.ts'

export type RecoveryParts = {
  addons: Addons
  apps: Pick<Apps, 'findById'>
  archiver: Archiver
  records: ArchiveRecords
  pieces: PieceRecords
  store: PieceStore
  scratch: ScratchServers
  now: () => Date
}

type Say = (step: string) => void

/** Brings moments back: into a new addon, or into a scratch server to see that it can be done. */
export class RecoveryWork {
  readonly #parts: RecoveryParts

  constructor(parts: RecoveryParts) {
    this.#parts = parts
  }

  /** Leaves no addon when it throws. */
  async restore(restore: RestoreRecord, say: Say, signal: AbortSignal): Promise<{ name: string }> {
    const { addons, apps, records } = this.#parts
    if (restore.archiveId === null || restore.moment === null) throw new Error(`${restore.id} is of no moment`)
    const archive = records.get(restore.archiveId)
    const app = apps.findById(restore.appId)
    if (!app) throw new PaasError('not-found', 'app.not-found', 'The app is not there any more.')
    say('archiving the newest changes')
    const chosen = await this.chosen(archive, restore.moment, signal)
    return await this.#intoNew(app, archive, chosen, addons, say, signal)
  }

  /** Throws when the chain does not lead to the moment; waits for the newest changes. */
  async chosen(archive: ArchiveRecord, moment: Date, signal: AbortSignal): Promise<Chosen> {
    const { archiver, pieces, records } = this.#parts
    if (!archive.endedAt && !archiver.hasReached(archive.id, moment)) await archiver.reach(archive.id, moment, signal)
    const reached = { reachedAt: pieces.reachedAt(archive.id), idleAt: records.get(archive.id).idleAt }
    const all = { bases: pieces.wholeBases(archive.id), segments: pieces.segments(archive.id), ...reached }
    const found = chosenFor(moment, all, archiveOfService(archive.service).distance)
    if (found) return found
    throw new PaasError(
      'failed',
      'archive.gap',
      `The archive does not lead to ${moment.toISOString()} without a gap.`,
      {
        fix: 'Choose another moment, or restore a backup.',
        command: 'paas backups',
      },
    )
  }

  /** Goes to what was committed a moment ago, and counts there. Throws when it is not what was counted before. */
  async prove(base: BaseRecord, signal: AbortSignal): Promise<void> {
    const { addons, records, scratch, now } = this.#parts
    const archive = records.get(base.archiveId)
    const addon = archive.endedAt ? undefined : addons.findById(archive.addonId)
    if (!addon) throw new PaasError('not-found', 'archive.gone', `${archive.subjectName} is not archived any more.`)
    const server = addons.server(addon)
    const copies = copiesOf(serviceNamed(addon.service))
    const facts = await archiveOfService(addon.service).estimate(await addons.servers.access(server), databaseOf(addon))
    const chosen = await this.chosen(archive, now(), signal)
    await using trial = await scratch.bare(server, signal)
    await this.#recover(trial.server, archive, chosen, () => {}, signal)
    const found = await copies.count(await addons.servers.access(trial.server), databaseOf(addon))
    const other = difference(facts, found.facts)
    if (other === undefined) return
    throw new PaasError('failed', 'archive.other', `What came out of it is not what is there: ${other}.`, {
      fix: 'Make a backup, and turn archiving off and on again.',
      command: `paas backups:create ${addon.name}`,
    })
  }

  async #intoNew(
    app: AppRecord,
    archive: ArchiveRecord,
    chosen: Chosen,
    addons: Addons,
    say: Say,
    signal: AbortSignal,
  ): Promise<{ name: string }> {
    const { service, plan, version } = archive
    say('making the new addon')
    return await newAddon(addons, app, { service, plan, version, attach: false }, async (addon) => {
      const server = addons.server(addon)
      await this.#recover(server, archive, chosen, say, signal)
      say('making it an addon of its own')
      const from: Database = { ...databaseOf(addon), name: archive.database }
      await archiveOfService(service).adopt(await addons.servers.access(server), from, databaseOf(addon))
    })
  }

  async #recover(
    server: ServerRecord,
    archive: ArchiveRecord,
    { base, segments, until }: Chosen,
    say: Say,
    signal: AbortSignal,
  ): Promise<void> {
    const { servers } = this.#parts.addons
    const { store } = this.#parts
    const recovery: Recovery = {
      base: () => store.open(base, signal),
      segments: segments.map((segment) => ({ name: segment.name, open: () => store.open(segment, signal) })),
      until,
    }
    await archiveOfService(archive.service).recover(recovery, {
      reach: () => servers.access(server),
      comeBack: await servers.comingBack(server, signal),
      say,
      signal,
    })
  }
}

import { PaasError } from '../../errors.ts'
import type { ActivityLog } from '../../people/activity.ts'
import type { Actor } from '../../people/actor.ts'
import type { AddonRecord } from '../addon-records.ts'
import type { Addons } from '../addons.ts'
import { requireAvailable } from '../available.ts'
import type { BackupNews } from '../backups/backup-news.ts'
import type { OtherWork } from '../backups/backup-runner.ts'
import { whyOf } from '../backups/backup-work.ts'
import type { RestoreRecord, RestoreRecords } from '../backups/restores.ts'
import type { ArchiveRecords } from './archive-records.ts'
import type { ArchiveRecord } from './archive-rows.ts'
import type { Archiver } from './archiver.ts'
import { archiveOfService, type BaseWork } from './base-work.ts'
import { outside, spanOf } from './outside.ts'
import type { PieceRecords } from './piece-records.ts'
import type { RecoveryWork } from './recovery-work.ts'
import type { ArchiveRetirement } from './retirement.ts'
import { windowOf } from './window.ts'

type App = { id: string; name: string }

export type ArchivesParts = {
  addons: Pick<Addons, 'conditions' | 'findById' | 'server' | 'servers'>
  records: ArchiveRecords
  pieces: PieceRecords
  restores: RestoreRecords
  archiver: Archiver
  bases: BaseWork
  recovery: RecoveryWork
  retirement: ArchiveRetirement
  activity: Pick<ActivityLog, 'record'>
  news: BackupNews
  now: () => Date
}

export const KEEP_DAYS_DEFAULT = 7
export const BASE_DAYS_DEFAULT = 1

type Wish = { keepDays?: number | undefined; baseDays?: number | undefined }

/** What people and the API ask of archives. It is done by the archiver and, in its turn, by the runner of backups. */
export class Archives implements OtherWork {
  readonly #parts: ArchivesParts
  #wake: () => void = () => {}

  constructor(parts: ArchivesParts) {
    this.#parts = parts
  }

  /** Begins at the next look; changes how much is kept of one that goes on. Throws `archive.shared`, `archive.none`. */
  on(actor: Actor, app: App, addon: AddonRecord, wish: Wish): ArchiveRecord {
    const { addons, records, activity, archiver, now } = this.#parts
    archiveOfService(addon.service)
    const server = addons.server(addon)
    if (server.shared) throw shared(addon)
    requireAvailable(addon)
    const live = records.liveOf(addon.id)
    const keepDays = wish.keepDays ?? live?.keepDays ?? KEEP_DAYS_DEFAULT
    const baseDays = wish.baseDays ?? live?.baseDays ?? BASE_DAYS_DEFAULT
    if (live) records.keep(live.id, keepDays, baseDays)
    const { id, name, appId, service, plan, database } = addon
    const known = { addonId: id, subject: `addon:${id}`, subjectName: name, appId, service, plan, database }
    const made = live ?? records.insert({ ...known, ...server, serverId: server.id, keepDays, baseDays }, now())
    activity.record(actor, 'archive.on', `${name}, ${keepDays} days`, app)
    void archiver.look(made.id).then(() => this.#wake())
    return records.get(made.id)
  }

  /** What lies in stores stays for as long as it would have. Throws `archive.off`. */
  async off(actor: Actor, app: App, addon: AddonRecord): Promise<void> {
    const { addons, records, activity, now } = this.#parts
    const live = records.liveOf(addon.id)
    if (!live) throw isOff(addon)
    // First, or segments would be set aside for nobody; and not while somebody looks, who would take it for broken.
    await this.#parts.archiver.alone(live.id, async () => {
      await archiveOfService(addon.service).end(await addons.servers.access(addons.server(addon)), live.id)
      records.end(live.id, 'it was turned off', now())
    })
    activity.record(actor, 'archive.off', addon.name, app)
  }

  /** Also of an addon that is gone. Throws `archive.outside` with what can be brought back. */
  restore(actor: Actor, app: App, addonName: string, moment: Date): RestoreRecord {
    const { records, restores, activity, now } = this.#parts
    const all = this.archivesOf(app, addonName)
    const archive = all.find((each) => this.#reaches(each, moment))
    if (!archive) {
      throw outside(
        { app: app.name, addon: all[0]?.subjectName ?? addonName, moment, now: now() },
        all.flatMap((each) => this.#window(each) ?? []),
      )
    }
    const about = { id: archive.id, appId: app.id, subjectName: archive.subjectName }
    const restore = restores.queueMoment(about, moment, actor.user?.id ?? null, now())
    activity.record(
      actor,
      'archive.restore',
      `${restore.name} of ${archive.subjectName} at ${moment.toISOString()}`,
      app,
    )
    records.get(archive.id)
    this.#wake()
    return restore
  }

  /** Newest first. Throws `archive.off` when there never was one. */
  archivesOf(app: App, addonName: string): ArchiveRecord[] {
    const own = this.#parts.records.ofApp(app.id)
    const newest = own.find(({ subjectName, addonId }) => subjectName === addonName || addonId === addonName)
    if (!newest) throw isOff({ name: addonName })
    return own.filter(({ addonId }) => addonId === newest.addonId)
  }

  start(wake: () => void): void {
    this.#wake = wake
    this.#parts.archiver.start(async () => {
      await this.#parts.retirement.pass()
      if (this.#parts.bases.nextDue()) wake()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.archiver[Symbol.asyncDispose]()
  }

  writeOff(): void {
    const { bases, pieces } = this.#parts
    bases.writeOff()
    for (const { id } of pieces.beingProved()) pieces.proving(id, 'waiting')
  }

  async make(signal: AbortSignal): Promise<boolean> {
    const due = this.#parts.bases.nextDue()
    if (!due) return false
    const { archiver, bases, now } = this.#parts
    await bases.make(due, signal)
    // A moment after it is what makes it of use.
    await archiver.reach(due.id, now(), signal).catch(() => undefined)
    return true
  }

  async prove(signal: AbortSignal): Promise<boolean> {
    const { pieces, records, recovery, news, now } = this.#parts
    const base = pieces.nextToProve()
    if (!base) return false
    pieces.proving(base.id, 'running')
    try {
      await recovery.prove(base, signal)
      pieces.proving(base.id, 'proved', null, now())
    } catch (error) {
      if (signal.aborted) return true
      const isGone = error instanceof PaasError && error.code === 'archive.gone'
      pieces.proving(base.id, isGone ? 'none' : 'failed', whyOf(error), isGone ? null : now())
      if (!isGone) news.tell(records.get(base.archiveId), 'archive.not-proved', whyOf(error))
    }
    return true
  }

  recover(restore: RestoreRecord, say: (step: string) => void, signal: AbortSignal): Promise<{ name: string }> {
    return this.#parts.recovery.restore(restore, say, signal)
  }

  /** The newest changes of one that goes on are archived when they are asked for. */
  #reaches(archive: ArchiveRecord, moment: Date): boolean {
    const window = this.#window(archive)
    if (!window || moment < window.from) return false
    return moment <= window.to
  }

  #window(archive: ArchiveRecord) {
    const { pieces, now } = this.#parts
    return spanOf(archive, windowOf(pieces.wholeBases(archive.id), this.#reached(archive)), now())
  }

  #reached({ id, idleAt }: ArchiveRecord) {
    return { reachedAt: this.#parts.pieces.reachedAt(id), idleAt }
  }
}

function shared({ name, service }: AddonRecord): PaasError {
  const message = `${name} is a database in a server that others share: a server goes back to a moment only as a whole.`
  return new PaasError('conflict', 'archive.shared', message, {
    fix: 'Make one with a server of its own, copy the data, and promote it.',
    command: `paas addons:create ${service} --plan mini`,
  })
}

function isOff({ name }: Pick<AddonRecord, 'name'>): PaasError {
  return new PaasError('conflict', 'archive.off', `Changes of ${name} are not archived.`, {
    fix: 'Turn it on first; backups can be restored meanwhile.',
    command: `paas pg:archive:on ${name}`,
  })
}

import type { ProcessTypes } from '../../builder/plan.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { Release } from '../contract/release.ts'
import type { Database } from '../db/database.ts'
import type { SecretBox } from '../db/secret-box.ts'
import { PaasError } from '../errors.ts'
import { type ReleaseWishes, readWishes, writeWishes } from './release-wishes.ts'

export type ReleaseRecord = {
  appId: string
  number: number
  description: string
  status: 'pending' | 'succeeded' | 'failed'
  userId: string | null
  buildId: string | null
  commit: string | null
  image: string
  processTypes: ProcessTypes
  /** What the language wants in the environment; config vars win. */
  environment: Record<string, string>
  port: number | null
  /** Its processes begin with the app's `.profile.d/*.sh` and `.profile`. */
  profile: boolean
  /** Its processes are started by the launcher of Cloud Native Buildpacks, which knows the environment they were made for. */
  launcher: boolean
  config: Record<string, string>
  /** From app.json. */
  wishes: ReleaseWishes
  /** What the app's attachments were worth when the release was made; no config var has one of these names. */
  attached: Record<string, string>
  reason: string | null
  createdAt: Date
}

export type NewRelease = Omit<ReleaseRecord, 'number' | 'status' | 'reason' | 'createdAt' | 'attached'>
/** The variables that an app has of its addons now. */
export type Attached = (appId: string) => Record<string, string>

/**
 * Image + config vars + process types, numbered from 1 and never changed: a rollback is a new one. What addons give is joined
 * when a release is made, a rollback too: it goes back to the code and config of before, never to a password of before.
 */
export class Releases {
  readonly #db: Database
  readonly #box: SecretBox
  readonly #attached: Attached

  constructor(db: Database, box: SecretBox, attached: Attached = () => ({})) {
    this.#db = db
    this.#box = box
    this.#attached = attached
  }

  create(release: NewRelease): ReleaseRecord {
    return this.#db.transaction(() => {
      const last = this.#db.get<{ number: number | null }>(
        'SELECT max(number) AS number FROM releases WHERE app_id = ?',
        release.appId,
      )
      const number = (last?.number ?? 0) + 1
      this.#db.run(
        `INSERT INTO releases (app_id, number, description, status, user_id, build_id, commit_id, image, process_types,
           environment, port, profile, launcher, sealed_config, sealed_attached, wishes, created_at)
         VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        release.appId,
        number,
        release.description,
        release.userId,
        release.buildId,
        release.commit,
        release.image,
        JSON.stringify(release.processTypes),
        JSON.stringify(release.environment),
        release.port,
        release.profile ? 1 : 0,
        release.launcher ? 1 : 0,
        this.#box.seal(JSON.stringify(release.config), configContext(release.appId, number)),
        this.#box.seal(JSON.stringify(this.#attached(release.appId)), attachedContext(release.appId, number)),
        writeWishes(release.wishes),
        Date.now(),
      )
      return this.record(release.appId, number)
    })
  }

  find(appId: string, number: number): ReleaseRecord | undefined {
    const row = this.#db.get<ReleaseRow>('SELECT * FROM releases WHERE app_id = ? AND number = ?', appId, number)
    return row && this.#fromRow(row)
  }

  record(appId: string, number: number): ReleaseRecord {
    const release = this.find(appId, number)
    if (release) return release
    throw new PaasError('not-found', 'release.not-found', `There is no release v${number}.`, {
      fix: 'See the releases that there are.',
      command: 'paas releases',
    })
  }

  /** As in the record, without opening its config vars. */
  wishes(appId: string, number: number | null): ReleaseWishes {
    const sql = 'SELECT wishes FROM releases WHERE app_id = ? AND number = ?'
    return readWishes(this.#db.get<{ wishes: string | null }>(sql, appId, number)?.wishes ?? null)
  }

  /** Milliseconds since 1970; 0 where there is none. */
  createdAt(appId: string, number: number | null): number {
    const sql = 'SELECT created_at AS at FROM releases WHERE app_id = ? AND number = ?'
    return this.#db.get<{ at: number }>(sql, appId, number)?.at ?? 0
  }

  setStatus(appId: string, number: number, status: 'succeeded' | 'failed', reason: string | null = null): void {
    this.#db.run(
      'UPDATE releases SET status = ?, reason = ? WHERE app_id = ? AND number = ?',
      status,
      reason,
      appId,
      number,
    )
  }

  /** The newest one that has served before `before`: what a plain rollback returns to. */
  lastGoodBefore(appId: string, before: number): ReleaseRecord | undefined {
    const row = this.#db.get<ReleaseRow>(
      `SELECT * FROM releases WHERE app_id = ? AND number < ? AND status = 'succeeded' ORDER BY number DESC LIMIT 1`,
      appId,
      before,
    )
    return row && this.#fromRow(row)
  }

  /** Images of the newest `count` distinct ones that served, newest first: what is kept for rollbacks. */
  recentImages(appId: string, count: number): string[] {
    return this.#db
      .all<{ image: string }>(
        `SELECT image, max(number) AS newest FROM releases WHERE app_id = ? AND status <> 'failed'
         GROUP BY image ORDER BY newest DESC LIMIT ?`,
        appId,
        count,
      )
      .map(({ image }) => image)
  }

  list(app: AppRecord, page: { limit: number; cursor?: string }): { items: Release[]; next: string | null } {
    const before = page.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(page.cursor)
    const rows = this.#db.all<ReleaseRow & { user: string | null }>(
      `SELECT releases.*, users.name AS user FROM releases LEFT JOIN users ON users.id = user_id
       WHERE app_id = ? AND number < ? ORDER BY number DESC LIMIT ?`,
      app.id,
      before,
      page.limit + 1,
    )
    const items = rows.slice(0, page.limit).map((row) => view(row, app))
    return { items, next: rows.length > page.limit ? String(items.at(-1)?.number) : null }
  }

  get(app: AppRecord, number: number): Release {
    this.record(app.id, number)
    const { items } = this.list(app, { limit: 1, cursor: String(number + 1) })
    return items[0] as Release
  }

  #open(sealed: Uint8Array, context: string): Record<string, string> {
    return JSON.parse(this.#box.unseal(sealed, context)) as Record<string, string>
  }

  #fromRow(row: ReleaseRow): ReleaseRecord {
    return {
      appId: row.app_id,
      number: row.number,
      description: row.description,
      status: row.status,
      userId: row.user_id,
      buildId: row.build_id,
      commit: row.commit_id,
      image: row.image,
      processTypes: JSON.parse(row.process_types) as ProcessTypes,
      environment: JSON.parse(row.environment) as Record<string, string>,
      port: row.port,
      profile: row.profile === 1,
      launcher: row.launcher === 1,
      config: this.#open(row.sealed_config, configContext(row.app_id, row.number)),
      attached: row.sealed_attached ? this.#open(row.sealed_attached, attachedContext(row.app_id, row.number)) : {},
      wishes: readWishes(row.wishes),
      reason: row.reason,
      createdAt: new Date(row.created_at),
    }
  }
}

type ReleaseRow = {
  app_id: string
  number: number
  description: string
  status: ReleaseRecord['status']
  user_id: string | null
  build_id: string | null
  commit_id: string | null
  image: string
  process_types: string
  environment: string
  port: number | null
  profile: number
  launcher: number
  sealed_config: Uint8Array
  wishes: string | null
  /** Null in releases of versions before addons. */
  sealed_attached: Uint8Array | null
  reason: string | null
  created_at: number
}

function configContext(appId: string, number: number): string {
  return `releases|${appId}|${number}`
}

function attachedContext(appId: string, number: number): string {
  return `releases.attached|${appId}|${number}`
}

function view(row: ReleaseRow & { user: string | null }, app: AppRecord): Release {
  return {
    number: row.number,
    description: row.description,
    status: row.status,
    current: row.number === app.currentRelease,
    by: row.user ?? 'paas',
    createdAt: new Date(row.created_at).toISOString(),
    commit: row.commit_id,
    build: row.build_id,
    processTypes: JSON.parse(row.process_types) as ProcessTypes,
    reason: row.reason,
  }
}

import type { ConditionCode } from '../../contract/addon.ts'
import type { Database } from '../../db/database.ts'
import type { Log } from '../../log.ts'
import type { ActivityLog } from '../../people/activity.ts'
import { SYSTEM } from '../../people/actor.ts'
import type { AddonRecord } from '../addon-records.ts'
import type { AddonRows } from '../addon-rows.ts'
import type { Attachments } from '../attachments.ts'

export type ConditionRecord = { addonId: string; code: ConditionCode; words: string; since: Date }
type ConditionRow = { addon_id: string; code: ConditionCode; words: string; since: number }

export type ConditionsParts = {
  db: Database
  rows: AddonRows
  attachments: Attachments
  apps: { findById(id: string): { id: string; name: string } | undefined }
  activity: Pick<ActivityLog, 'record'>
  log: Log
}

/**
 * What is wrong with addons, for as long as it is. Each opens once and is cleared once; the activity of the app that owns the
 * addon, and of all that it is attached to, hears both.
 */
export class Conditions {
  readonly #parts: ConditionsParts

  constructor(parts: ConditionsParts) {
    this.#parts = parts
  }

  /** Words open it, or are the newest of one that is open; null clears it. Nothing happens to an addon that is gone. */
  set(addonId: string, code: ConditionCode, words: string | null): void {
    const addon = this.#parts.rows.find(addonId)
    const open = this.of(addonId).find((each) => each.code === code)
    if (!addon || words === (open?.words ?? null)) return
    if (words === null) this.#clear(addon, code)
    else if (open) this.#parts.db.run(`UPDATE addon_conditions SET words = ? ${ONE}`, words, addonId, code)
    else this.#open(addon, code, words)
  }

  /** Oldest first. */
  of(addonId: string): ConditionRecord[] {
    return this.#many('WHERE addon_id = ? ORDER BY since, code', addonId)
  }

  all(): ConditionRecord[] {
    return this.#many('ORDER BY since, addon_id, code')
  }

  #open(addon: AddonRecord, code: ConditionCode, words: string): void {
    const { db } = this.#parts
    db.transaction(() => {
      const sql = 'INSERT INTO addon_conditions (addon_id, code, words, since) VALUES (?, ?, ?, ?)'
      db.run(sql, addon.id, code, words, Date.now())
      this.#tell(addon, 'condition.opened', `${code}: ${words}`)
    })
  }

  #clear(addon: AddonRecord, code: ConditionCode): void {
    const { db } = this.#parts
    db.transaction(() => {
      db.run(`DELETE FROM addon_conditions ${ONE}`, addon.id, code)
      this.#tell(addon, 'condition.cleared', `${code} is over.`)
    })
  }

  #tell({ id, name, appId }: AddonRecord, action: string, detail: string): void {
    const { activity, apps, attachments, log } = this.#parts
    log.warn(action, { addon: name, detail })
    for (const each of new Set([appId, ...attachments.ofAddon(id).map((attachment) => attachment.appId)])) {
      const app = apps.findById(each)
      if (app) activity.record(SYSTEM, action, `${name}: ${detail}`, { id: app.id, name: app.name })
    }
  }

  #many(where: string, ...values: string[]): ConditionRecord[] {
    const rows = this.#parts.db.all<ConditionRow>(`SELECT * FROM addon_conditions ${where}`, ...values)
    return rows.map(({ addon_id, code, words, since }) => ({ addonId: addon_id, code, words, since: new Date(since) }))
  }
}

const ONE = 'WHERE addon_id = ? AND code = ?'

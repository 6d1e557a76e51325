import type { Attachment } from '../contract/addon.ts'
import type { Database } from '../db/database.ts'
import { isConstraint } from '../db/sqlite-error.ts'
import { PaasError } from '../errors.ts'
import type { AddonRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { Credentials } from './credentials.ts'
import { serviceNamed } from './services.ts'

/** Apart from each other when read aloud, and short. */
const COLOURS = [
  'AMBER',
  'AQUA',
  'BLUE',
  'BRONZE',
  'COBALT',
  'CORAL',
  'CYAN',
  'GOLD',
  'GREEN',
  'INDIGO',
  'IVORY',
  'JADE',
]
const SUFFIX = '_URL'

type Row = { app_id: string; app: string; name: string; addon_id: string }
export type AttachmentRecord = { appId: string; app: string; name: string; addonId: string }

const SELECT = `SELECT addon_attachments.*, apps.name AS app FROM addon_attachments
  JOIN apps ON apps.id = addon_attachments.app_id`

/** Under which names apps see addons, and the variables that come of it. */
export class Attachments {
  readonly #db: Database
  readonly #rows: AddonRows
  readonly #credentials: Credentials

  constructor(db: Database, rows: AddonRows, credentials: Credentials) {
    this.#db = db
    this.#rows = rows
    this.#credentials = credentials
  }

  /** Throws `attachment.taken` when the app has the name already. */
  add(appId: string, name: string, addonId: string): void {
    try {
      const sql = 'INSERT INTO addon_attachments (app_id, name, addon_id, created_at) VALUES (?, ?, ?, ?)'
      this.#db.run(sql, appId, name, addonId, Date.now())
    } catch (error) {
      if (!isConstraint(error)) throw error
      throw nameTaken(name)
    }
  }

  remove(appId: string, name: string): void {
    this.#db.run('DELETE FROM addon_attachments WHERE app_id = ? AND name = ?', appId, name)
  }

  find(appId: string, name: string): AttachmentRecord | undefined {
    return this.ofApp(appId).find((each) => each.name === name)
  }

  ofApp(appId: string): AttachmentRecord[] {
    return this.#db.all<Row>(`${SELECT} WHERE app_id = ? ORDER BY name`, appId).map(recordOf)
  }

  /** By app, then name. */
  ofAddon(addonId: string): AttachmentRecord[] {
    return this.#db.all<Row>(`${SELECT} WHERE addon_id = ? ORDER BY app, addon_attachments.name`, addonId).map(recordOf)
  }

  /** What the app finds in its environment. */
  variables(appId: string): Record<string, string> {
    return Object.fromEntries(this.ofApp(appId).flatMap((attachment) => this.#variable(attachment)))
  }

  /** Names of variables that belong to an attachment, and to which. */
  owners(appId: string): Map<string, { name: string; addon: string }> {
    const attachments = this.ofApp(appId)
    return new Map(
      attachments.map(({ name, addonId }) => [variableOf(name), { name, addon: this.#rows.get(addonId).name }]),
    )
  }

  /** The names that an addon gets in an app when nobody chose one: DATABASE for the first of a kind, and a colour. */
  freeNames(addon: AddonRecord, appId: string, configVars: ReadonlySet<string>): string[] {
    const { names } = serviceNamed(addon.service)
    const taken = new Set(this.ofApp(appId).map(({ name }) => name))
    const isFree = (name: string) => !taken.has(name) && !configVars.has(variableOf(name))
    const colour = COLOURS.map((each) => `${names.prefix}_${each}`).find(isFree)
    const chosen = [names.first, colour ?? `${names.prefix}_${addon.id.slice(-6).toUpperCase()}`]
    return [...new Set(chosen)].filter(isFree)
  }

  #variable({ appId, name, addonId }: AttachmentRecord): [string, string][] {
    const addon = this.#rows.get(addonId)
    const server = this.#rows.server(addon.serverId)
    const login = this.#credentials.current(addonId, appId)
    if (!login || server.port === null) return []
    const service = serviceNamed(addon.service)
    const url = service.url({ name: addon.database, connections: 0 }, login, { host: server.host, port: server.port })
    return [[variableOf(name), url]]
  }
}

export function variableOf(name: string): string {
  return `${name}${SUFFIX}`
}

export function attachmentView({ app, name }: AttachmentRecord): Attachment {
  return { app, name, variable: variableOf(name) }
}

export function nameTaken(name: string): PaasError {
  return new PaasError('conflict', 'attachment.taken', `The app has ${variableOf(name)} already.`, {
    fix: 'Choose another name with --as, or detach or unset what has this one.',
    command: 'paas addons',
  })
}

function recordOf({ app_id, app, name, addon_id }: Row): AttachmentRecord {
  return { appId: app_id, app, name, addonId: addon_id }
}

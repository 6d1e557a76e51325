import { CONFIG_VARS_MAX_BYTES } from '../contract/config-vars.ts'
import { ConfigVarName } from '../contract/names.ts'
import type { Database } from '../db/database.ts'
import type { SecretBox } from '../db/secret-box.ts'
import { PaasError } from '../errors.ts'

type Row = { name: string; sealed_value: Uint8Array }

/** Set by the platform for each instance. */
const RESERVED = /^(?:PORT|DYNO|PAAS_.*)$/

/** Names in the clear, values sealed under `config_vars|<app>|<name>`. */
export class ConfigVarStore {
  readonly #db: Database
  readonly #box: SecretBox

  constructor(db: Database, box: SecretBox) {
    this.#db = db
    this.#box = box
  }

  /** By name. */
  all(appId: string): Record<string, string> {
    const rows = this.#db.all<Row>('SELECT name, sealed_value FROM config_vars WHERE app_id = ? ORDER BY name', appId)
    return Object.fromEntries(
      rows.map(({ name, sealed_value }) => [name, this.#box.unseal(sealed_value, place(appId, name))]),
    )
  }

  /**
   * Sets, and unsets where null; all or nothing. `changed` names what is different now, sorted; empty when nothing is.
   * Throws `config.reserved`, `config.invalid-name`, `config.invalid-value` or `config.too-large`.
   */
  update(appId: string, changes: Record<string, string | null>): { changed: string[] } {
    for (const [name, value] of Object.entries(changes)) if (value !== null) checkVar(name, value)
    return this.#db.transaction(() => {
      const vars = new Map(Object.entries(this.all(appId)))
      const different = Object.entries(changes).filter(([name, value]) => (vars.get(name) ?? null) !== value)
      for (const [name, value] of different) {
        if (value === null) vars.delete(name)
        else vars.set(name, value)
      }
      if (different.some(([, value]) => value !== null)) checkSize(vars)
      for (const [name, value] of different) this.#write(appId, name, value)
      return { changed: different.map(([name]) => name).sort() }
    })
  }

  /** Sets those that the app does not have; what it has stays. `changed` names them. Throws as `update` does. */
  add(appId: string, vars: Record<string, string>): { changed: string[] } {
    return this.#db.transaction(() => {
      const present = this.all(appId)
      const absent = Object.entries(vars).filter(([name]) => !Object.hasOwn(present, name))
      return this.update(appId, Object.fromEntries(absent))
    })
  }

  /** Makes these the only ones, as a rollback does. */
  replace(appId: string, vars: Record<string, string>): void {
    this.#db.transaction(() => {
      this.#db.run('DELETE FROM config_vars WHERE app_id = ?', appId)
      for (const [name, value] of Object.entries(vars)) this.#write(appId, name, value)
    })
  }

  #write(appId: string, name: string, value: string | null): void {
    if (value === null) {
      this.#db.run('DELETE FROM config_vars WHERE app_id = ? AND name = ?', appId, name)
      return
    }
    this.#db.run(
      `INSERT INTO config_vars (app_id, name, sealed_value) VALUES (?, ?, ?)
       ON CONFLICT (app_id, name) DO UPDATE SET sealed_value = excluded.sealed_value`,
      appId,
      name,
      this.#box.seal(value, place(appId, name)),
    )
  }
}

function place(appId: string, name: string): string {
  return `config_vars|${appId}|${name}`
}

function checkVar(name: string, value: string): void {
  const parsed = ConfigVarName.safeParse(name)
  if (!parsed.success) {
    const message = parsed.error.issues[0]?.message ?? 'it is not valid'
    throw new PaasError(
      'invalid',
      'config.invalid-name',
      `${JSON.stringify(name)} cannot be a config var: ${message}.`,
      {
        fix: 'Write NAME=value.',
        errors: [{ path: `vars.${name}`, message }],
      },
    )
  }
  if (RESERVED.test(name)) {
    throw new PaasError('invalid', 'config.reserved', `${name} is set by the platform for each instance.`, {
      fix: 'Choose a name that does not begin with PAAS_ and is neither PORT nor DYNO.',
    })
  }
  if (value.includes('\0')) {
    throw new PaasError('invalid', 'config.invalid-value', `The value of ${name} holds a NUL byte.`, {
      fix: 'An environment cannot carry it: encode the value, for example as base64.',
    })
  }
}

function checkSize(vars: Map<string, string>): void {
  const bytes = [...vars].reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0)
  if (bytes <= CONFIG_VARS_MAX_BYTES) return
  throw new PaasError(
    'too-large',
    'config.too-large',
    `The app's config vars would take ${bytes} bytes; all together may take ${CONFIG_VARS_MAX_BYTES}.`,
    { fix: 'Keep large values in a file of the app or in a store, and set only where to find them.' },
  )
}

import type { SecretBox } from '../../db/secret-box.ts'
import type { Settings } from '../../db/settings.ts'
import { createRecoveryKey, type RecoveryKey } from './format/age-header.ts'

const ROW = 'backup_key'
const PLACE = 'settings|backup_key|identity'

type Row = { recipient: string; sealed: string; shownAt: string | null }

/**
 * The key that opens every backup of the box. The box has it, sealed under its secret.key, so that it can prove and restore by
 * itself; whoever wants to restore without the box needs it printed.
 */
export class RecoveryKeys {
  readonly #settings: Settings
  readonly #box: SecretBox
  #creating: Promise<Row> | undefined

  constructor(settings: Settings, box: SecretBox) {
    this.#settings = settings
    this.#box = box
  }

  /** Made when it is first asked for, and never replaced. */
  async get(): Promise<RecoveryKey> {
    const { recipient, sealed } = this.#row() ?? (await this.#create())
    return { recipient, identity: this.#box.unseal(Buffer.from(sealed), PLACE) }
  }

  /** Whether anybody has it outside the box. */
  shownAt(): string | null {
    return this.#row()?.shownAt ?? null
  }

  async show(now: Date): Promise<RecoveryKey> {
    const key = await this.get()
    const row = this.#row()
    if (row) this.#settings.set(ROW, JSON.stringify({ ...row, shownAt: now.toISOString() }))
    return key
  }

  #row(): Row | undefined {
    const text = this.#settings.get(ROW)
    return text === undefined ? undefined : (JSON.parse(text) as Row)
  }

  #create(): Promise<Row> {
    this.#creating ??= (async () => {
      const { identity, recipient } = await createRecoveryKey()
      const row = { recipient, sealed: this.#box.seal(identity, PLACE).toString('latin1'), shownAt: null }
      this.#settings.set(ROW, JSON.stringify(row))
      return row
    })().finally(() => {
      this.#creating = undefined
    })
    return this.#creating
  }
}

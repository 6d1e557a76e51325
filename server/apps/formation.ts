import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'

/** What an app's files ask for; null leaves what there is. */
export type FormationWish = { quantity: number | null; memoryMb: number | null }
export type FormationRow = { processType: string; quantity: number; memoryMb: number; cpus: number }

const COLUMNS = 'process_type AS processType, quantity, memory_mb AS memoryMb, cpus'
/** Run once per release, never scaled. */
const RELEASE_PROCESS = 'release'

/** How many instances of each process type are wanted, and how large. */
export class Formation {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** web first, then by name. */
  list(appId: string): FormationRow[] {
    return this.#db.all<FormationRow>(
      `SELECT ${COLUMNS} FROM formation WHERE app_id = ? ORDER BY process_type <> 'web', process_type`,
      appId,
    )
  }

  get(appId: string, processType: string): FormationRow | undefined {
    return this.#db.get<FormationRow>(
      `SELECT ${COLUMNS} FROM formation WHERE app_id = ? AND process_type = ?`,
      appId,
      processType,
    )
  }

  /** Throws `process.not-found` for a type that no release has declared. */
  set(appId: string, processType: string, quantity: number): void {
    const { changes } = this.#db.run(
      'UPDATE formation SET quantity = ? WHERE app_id = ? AND process_type = ?',
      quantity,
      appId,
      processType,
    )
    if (changes === 0) throw this.#unknown(appId, processType)
  }

  /**
   * Adds rows for new process types: as wished, else web 1, others 0. Rows of vanished ones stay with their quantity; those
   * that are there keep theirs, but while nothing was ever live, when the wishes stand above them (`first`).
   */
  ensure(
    appId: string,
    processTypes: string[],
    { wishes = {}, first = false }: { wishes?: Record<string, FormationWish>; first?: boolean } = {},
  ): void {
    this.#db.transaction(() => {
      for (const processType of processTypes) {
        if (processType === RELEASE_PROCESS) continue
        const { changes } = this.#db.run(
          'INSERT INTO formation (app_id, process_type, quantity) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
          appId,
          processType,
          processType === 'web' ? 1 : 0,
        )
        const wish = Object.hasOwn(wishes, processType) ? wishes[processType] : undefined
        if (wish && (first || changes > 0)) this.#wish(appId, processType, wish)
      }
    })
  }

  #wish(appId: string, processType: string, { quantity, memoryMb }: FormationWish): void {
    this.#db.run(
      `UPDATE formation SET quantity = coalesce(?, quantity), memory_mb = coalesce(?, memory_mb)
       WHERE app_id = ? AND process_type = ?`,
      quantity,
      memoryMb,
      appId,
      processType,
    )
  }

  #unknown(appId: string, processType: string): PaasError {
    const known = this.list(appId).map((row) => row.processType)
    const fix =
      known.length > 0
        ? `It has ${known.join(', ')}. Others are added by the Procfile.`
        : 'Deploy the app first: its Procfile names the process types.'
    return new PaasError('not-found', 'process.not-found', `The app has no process type ${processType}.`, { fix })
  }
}

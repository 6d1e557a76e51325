import { ARGS_MAX, BUILD_DEFAULTS, type BuildSettings, type UpdateBuildSettings } from '../contract/build-settings.ts'
import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'
import type { AppRecord } from './apps.ts'

/** How each app is to be built; holds from its next build on. */
export class BuildSettingsStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  get(appId: string): BuildSettings {
    const row = this.#db.get<{ settings: string }>('SELECT settings FROM build_settings WHERE app_id = ?', appId)
    return { ...BUILD_DEFAULTS, ...(row ? (JSON.parse(row.settings) as Partial<BuildSettings>) : {}) }
  }

  /** All or nothing. `changed` names what is different now. Throws `build-settings.invalid`. */
  update(app: AppRecord, { args, ...changes }: UpdateBuildSettings): { changed: string[] } {
    return this.#db.transaction(() => {
      const before = this.get(app.id)
      const named = Object.entries(changes).filter(([, value]) => value !== undefined)
      const plain = named.map(([name, value]) => [name, value ?? BUILD_DEFAULTS[name as keyof BuildSettings]])
      const after: BuildSettings = { ...before, ...Object.fromEntries(plain), args: changedArgs(before.args, args) }
      if (Object.keys(after.args).length > ARGS_MAX) throw tooManyArgs()
      this.#db.run(
        `INSERT INTO build_settings (app_id, settings) VALUES (?, ?)
         ON CONFLICT (app_id) DO UPDATE SET settings = excluded.settings`,
        app.id,
        JSON.stringify(after),
      )
      const names = Object.keys(BUILD_DEFAULTS) as (keyof BuildSettings)[]
      return { changed: names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])) }
    })
  }
}

function changedArgs(before: Record<string, string>, changes: UpdateBuildSettings['args']): Record<string, string> {
  if (changes === null) return {}
  const args = Object.entries({ ...before, ...changes })
  return Object.fromEntries(args.filter((arg): arg is [string, string] => arg[1] !== null))
}

function tooManyArgs(): PaasError {
  return new PaasError('invalid', 'build-settings.invalid', `An app may have ${ARGS_MAX} build arguments.`, {
    fix: 'Unset some of them.',
    command: 'paas build:settings',
  })
}

import { BUILDPACKS_MAX, misplacedLanguage } from '../contract/buildpack.ts'
import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'
import type { AppRecord } from './apps.ts'

/** What apps are built by where somebody has named it; holds from the next build on. */
export class BuildpackStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** In order; none where the tree decides. */
  list(appId: string): string[] {
    return this.#db
      .all<{ name: string }>('SELECT name FROM buildpacks WHERE app_id = ? ORDER BY position', appId)
      .map(({ name }) => name)
  }

  /** All of them at once. Throws `buildpacks.mixed`, `buildpacks.twice` or `buildpacks.limit`. */
  set(app: AppRecord, names: string[]): void {
    this.#db.transaction(() => this.#write(app, names))
  }

  /** Throws as `set`. */
  add(app: AppRecord, name: string, position: number | undefined): void {
    this.#db.transaction(() => {
      const names = this.list(app.id)
      this.#write(app, names.toSpliced((position ?? names.length + 1) - 1, 0, name))
    })
  }

  /** Throws `buildpack.not-found`. */
  remove(app: AppRecord, name: string): void {
    this.#db.transaction(() => {
      const names = this.list(app.id)
      if (!names.includes(name)) throw notFound(app, name)
      this.#write(
        app,
        names.filter((other) => other !== name),
      )
    })
  }

  #write(app: AppRecord, names: string[]): void {
    refuseMixed(app, names)
    this.#db.run('DELETE FROM buildpacks WHERE app_id = ?', app.id)
    for (const [index, name] of names.entries()) {
      this.#db.run('INSERT INTO buildpacks (app_id, position, name) VALUES (?, ?, ?)', app.id, index + 1, name)
    }
  }
}

function refuseMixed(app: AppRecord, names: string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    const message = `${twice} is there already.`
    throw new PaasError('conflict', 'buildpacks.twice', message, { command: `paas buildpacks -a ${app.name}` })
  }
  if (names.length > BUILDPACKS_MAX) {
    const help = { fix: 'Remove some of them.', command: `paas buildpacks -a ${app.name}` }
    throw new PaasError('invalid', 'buildpacks.limit', `An app may have ${BUILDPACKS_MAX} buildpacks.`, help)
  }
  const language = misplacedLanguage(names)
  if (language === undefined) return
  throw new PaasError(
    'invalid',
    'buildpacks.mixed',
    `${language} cannot be used beside another buildpack: a language of paas builds the whole app by itself.`,
    {
      fix: "Keep one language, with Node.js before it where package.json builds its pages, or name Heroku's buildpacks by their addresses, such as https://github.com/heroku/heroku-buildpack-python.",
      command: `paas buildpacks:set ${language} -a ${app.name}`,
    },
  )
}

function notFound(app: AppRecord, name: string): PaasError {
  return new PaasError('not-found', 'buildpack.not-found', `${app.name} has no buildpack ${name}.`, {
    fix: 'See those that it has.',
    command: `paas buildpacks -a ${app.name}`,
  })
}

import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildPlan, ProcessTypes } from '../../builder/plan.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { Build, BuildDetails, BuildSbom, BuildState } from '../contract/build.ts'
import type { Database } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import { PaasError } from '../errors.ts'
import { type Actor, actorName } from '../people/actor.ts'
import { BuildEvidence, type BuildRecorder } from './build-evidence.ts'
import type { BuildOutputs, OutputLine } from './build-output.ts'
import {
  type BuildRow,
  type BuildViewRow,
  details,
  type Origin,
  type Repository,
  readOrigin,
  VIEW,
  view,
} from './build-view.ts'

export type { Origin, Repository } from './build-view.ts'

export type BuildRecord = {
  id: string
  appId: string
  state: BuildState
  commit: string
  /** `image`: taken as it is, by the name that stands for the commit. */
  kind: 'source' | 'image'
  /** Fetched by the builder; null for what was sent. */
  repository: Repository | null
  /** Of an `image`: it was sent, as an archive. */
  archive: boolean
  userId: string | null
  attempt: number
  image: string | null
  plan: BuildPlan | null
}

export type Built = {
  image: string
  sizeBytes: number
  plan: BuildPlan
  processTypes: ProcessTypes
  /** What the app lacked of the config vars in its app.json. */
  config?: Record<string, string> | undefined
}

/** Attempts to turn source into an image; each has a directory for its source and its output. */
export class Builds {
  readonly #db: Database
  readonly #outputs: BuildOutputs
  readonly #directory: string
  readonly #evidence: BuildEvidence
  readonly #cancel: (appId: string, buildId: string, reason: string) => boolean

  /** `cancel` stops the deploy that the build belongs to; false when it is too late. */
  constructor(options: {
    db: Database
    outputs: BuildOutputs
    directory: string
    cancel: (appId: string, buildId: string, reason: string) => boolean
  }) {
    this.#db = options.db
    this.#outputs = options.outputs
    this.#directory = options.directory
    this.#evidence = new BuildEvidence(options.db, options.directory)
    this.#cancel = options.cancel
  }

  create(values: {
    appId: string
    commit: string
    kind?: BuildRecord['kind']
    origin?: Origin | undefined
    userId: string | null
  }): BuildRecord {
    const id = newId('bld')
    this.#db.run(
      `INSERT INTO builds (id, app_id, state, commit_id, kind, origin, user_id, created_at)
       VALUES (?, ?, 'queued', ?, ?, ?, ?, ?)`,
      id,
      values.appId,
      values.commit,
      values.kind ?? 'source',
      values.origin ? JSON.stringify(values.origin) : null,
      values.userId,
      Date.now(),
    )
    return this.record(id)
  }

  begin(id: string, attempt: number): void {
    this.#db.run(
      `UPDATE builds SET state = 'running', started_at = ?, attempt = ? WHERE id = ?`,
      Date.now(),
      attempt,
      id,
    )
  }

  succeed(id: string, built: Built): void {
    this.#db.run(
      `UPDATE builds SET state = 'succeeded', buildpack = ?, image = ?, size_bytes = ?, plan = ?, ended_at = ? WHERE id = ?`,
      built.plan.buildpack,
      built.image,
      built.sizeBytes,
      JSON.stringify({ ...built.plan, processTypes: built.processTypes }),
      Date.now(),
      id,
    )
  }

  end(id: string, state: 'failed' | 'canceled', reason: string): void {
    this.#db.run(
      `UPDATE builds SET state = ?, reason = ?, ended_at = ? WHERE id = ? AND state IN ('queued', 'running')`,
      state,
      reason,
      Date.now(),
      id,
    )
  }

  record(id: string): BuildRecord {
    const row = this.#db.get<BuildRow>('SELECT * FROM builds WHERE id = ?', id)
    if (!row) throw notFound(id)
    return {
      id: row.id,
      appId: row.app_id,
      state: row.state,
      commit: row.commit_id,
      kind: row.kind,
      ...readOrigin(row.origin),
      userId: row.user_id,
      attempt: row.attempt,
      image: row.image,
      // A build that has no image may have a plan: it is kept for whoever asks why it failed.
      plan: row.image === null || row.plan === null ? null : (JSON.parse(row.plan) as BuildPlan),
    }
  }

  sourceFile(id: string): string {
    return join(this.#directory, id, 'source.tar')
  }

  async forgetSource(id: string): Promise<void> {
    const file = this.sourceFile(id)
    for (const beside of ['', '.root', '.links', '.fetched', '.recipe', '.authorities.pem']) {
      await rm(`${file}${beside}`, { force: true, recursive: true })
    }
  }

  /** Sources and outputs of an app that is destroyed: what a build printed may be private. */
  async forgetAll(appId: string): Promise<void> {
    const builds = this.#db.all<{ id: string }>('SELECT id FROM builds WHERE app_id = ?', appId)
    for (const { id } of builds) await rm(join(this.#directory, id), { recursive: true, force: true })
  }

  /** What builds printed and are made of, but for the newest `keep` that have ended; that they were stays known. Returns how many. */
  async forgetOld(appId: string, keep: number): Promise<number> {
    const sql = `SELECT id FROM builds WHERE app_id = ? AND state NOT IN ('queued', 'running') ORDER BY id DESC LIMIT -1 OFFSET ?`
    const old = this.#db.all<{ id: string }>(sql, appId, keep).map(({ id }) => join(this.#directory, id))
    const there = old.filter((directory) => existsSync(directory))
    for (const directory of there) await rm(directory, { recursive: true, force: true })
    return there.length
  }

  list(app: AppRecord, page: { limit: number; cursor?: string }): { items: Build[]; next: string | null } {
    const rows = this.#db.all<BuildViewRow>(
      `${VIEW} WHERE builds.app_id = ? AND (? IS NULL OR builds.id < ?) ORDER BY builds.id DESC LIMIT ?`,
      app.id,
      page.cursor ?? null,
      page.cursor ?? null,
      page.limit + 1,
    )
    const items = rows.slice(0, page.limit).map((row) => view(row, app.name))
    return { items, next: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null }
  }

  get(app: AppRecord, id: string): BuildDetails {
    const row = this.#db.get<BuildViewRow>(`${VIEW} WHERE builds.app_id = ? AND builds.id = ?`, app.id, id)
    if (!row) throw notFound(id)
    return details(row, app.name)
  }

  /** What a build that is about to run tells of itself goes there. */
  recorder(id: string, waitedMs = 0): BuildRecorder {
    return this.#evidence.recorder(id, waitedMs)
  }

  /** Throws `build.no-sbom`. */
  async sbom(app: AppRecord, id: string): Promise<BuildSbom> {
    const { state } = this.get(app, id)
    const sbom = await this.#evidence.sbom(id)
    if (sbom) return sbom
    throw new PaasError('not-found', 'build.no-sbom', `Build ${id} has no bill of materials: ${noSbom(state)}.`, {
      fix: 'Builds that succeed have one. See which there are.',
      command: `paas builds -a ${app.name}`,
    })
  }

  output(app: AppRecord, id: string, signal: AbortSignal): AsyncIterable<OutputLine> {
    this.get(app, id)
    return this.#outputs.read(id, signal)
  }

  cancel(actor: Actor, app: AppRecord, id: string): Build {
    const build = this.get(app, id)
    if (this.#cancel(app.id, id, `Canceled by ${actorName(actor)}.`)) return this.get(app, id)
    throw new PaasError(
      'conflict',
      'build.ended',
      `Build ${id} cannot be canceled: it is ${build.deploy ?? build.state}.`,
      {
        fix: 'A build can be canceled until its release goes live. To return to the release before, roll back.',
        command: `paas rollback -a ${app.name}`,
      },
    )
  }
}

/** Old ones go (keep-builds of `paas disk:set`). */
function noSbom(state: BuildState): string {
  return state === 'succeeded' ? 'it is too old, or was made without one' : `it is ${state}`
}

function notFound(id: string): PaasError {
  return new PaasError('not-found', 'build.not-found', `There is no build ${id}.`, {
    fix: 'See the builds that there are.',
    command: 'paas builds',
  })
}

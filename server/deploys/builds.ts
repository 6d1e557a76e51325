import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildPlan, ProcessTypes } from '../../builder/plan.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { Build, BuildDetails, BuildSbom, BuildState } from '../contract/build.ts'
import type { Database } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import { PaasError } from '../errors.ts'
import { type Actor, actorName } from '../people/actor.ts'
import { BuildEvidence, type BuildRecorder, type KeptEvidence, NO_EVIDENCE } from './build-evidence.ts'
import type { BuildOutputs, OutputLine } from './build-output.ts'

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

/** A branch, tag or whole commit of it; null is its default branch. */
export type Repository = { url: string; ref: string | null }
/** What is no ordinary source tree: one that is fetched, or an image in an archive. */
export type Origin = Repository | { archive: true }

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
    for (const beside of ['', '.root', '.links', '.fetched', '.recipe']) {
      await rm(`${file}${beside}`, { force: true, recursive: true })
    }
  }

  /** Sources and outputs of an app that is destroyed: what a build printed may be private. */
  async forgetAll(appId: string): Promise<void> {
    const builds = this.#db.all<{ id: string }>('SELECT id FROM builds WHERE app_id = ?', appId)
    for (const { id } of builds) await rm(join(this.#directory, id), { recursive: true, force: true })
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
    throw new PaasError('not-found', 'build.no-sbom', `Build ${id} has no bill of materials: it is ${state}.`, {
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

type BuildRow = {
  id: string
  app_id: string
  state: BuildState
  commit_id: string
  kind: 'source' | 'image'
  origin: string | null
  user_id: string | null
  attempt: number
  image: string | null
  plan: string | null
  evidence: string | null
}

const VIEW = `SELECT builds.*, users.name AS user, deploys.id AS deploy_id, deploys.state AS deploy_state,
  deploys.release AS release, coalesce(deploys.reason, builds.reason) AS why
  FROM builds LEFT JOIN users ON users.id = builds.user_id LEFT JOIN deploys ON deploys.build_id = builds.id`

type BuildViewRow = BuildRow & {
  buildpack: string | null
  size_bytes: number | null
  created_at: number
  started_at: number | null
  ended_at: number | null
  user: string | null
  deploy_id: string | null
  deploy_state: string | null
  release: number | null
  why: string | null
}

function view(row: BuildViewRow, app: string): Build {
  return {
    id: row.id,
    app,
    state: row.state,
    deploy: row.deploy_state,
    deployId: row.deploy_id,
    release: row.release,
    commit: row.commit_id,
    by: row.user ?? 'paas',
    buildpack: row.buildpack,
    reason: row.why,
    createdAt: new Date(row.created_at).toISOString(),
    startedAt: row.started_at === null ? null : new Date(row.started_at).toISOString(),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
    sizeBytes: row.size_bytes,
  }
}

function details(row: BuildViewRow, app: string): BuildDetails {
  const evidence = { ...NO_EVIDENCE, ...(JSON.parse(row.evidence ?? '{}') as Partial<KeptEvidence>) }
  return {
    ...view(row, app),
    ...evidence,
    attempt: row.attempt,
    origin: originText(readOrigin(row.origin).repository),
    digest: row.image?.startsWith('sha256:') ? row.image : null,
    plan: row.plan === null ? null : (JSON.parse(row.plan) as Record<string, unknown>),
  }
}

function readOrigin(row: string | null): Pick<BuildRecord, 'repository' | 'archive'> {
  const origin = row === null ? null : (JSON.parse(row) as Origin)
  const archive = origin !== null && 'archive' in origin
  return { repository: origin === null || 'archive' in origin ? null : origin, archive }
}

/** As `paas deploy --git` takes it. */
function originText(repository: Repository | null): string | null {
  if (repository === null) return null
  return repository.ref === null ? repository.url : `${repository.url}#${repository.ref}`
}

function notFound(id: string): PaasError {
  return new PaasError('not-found', 'build.not-found', `There is no build ${id}.`, {
    fix: 'See the builds that there are.',
    command: 'paas builds',
  })
}

import type { Build, BuildDetails, BuildState } from '../contract/build.ts'
import { type KeptEvidence, NO_EVIDENCE } from './build-evidence.ts'

/** A branch, tag or whole commit of it; null is its default branch. */
export type Repository = { url: string; ref: string | null }
/** What is no ordinary source tree: one that is fetched, or an image in an archive. */
export type Origin = Repository | { archive: true }

export type BuildRow = {
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

export const VIEW = `SELECT builds.*, users.name AS user, deploys.id AS deploy_id, deploys.state AS deploy_state,
  deploys.release AS release, coalesce(deploys.reason, builds.reason) AS why
  FROM builds LEFT JOIN users ON users.id = builds.user_id LEFT JOIN deploys ON deploys.build_id = builds.id`

export type BuildViewRow = BuildRow & {
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

export function view(row: BuildViewRow, app: string): Build {
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

export function details(row: BuildViewRow, app: string): BuildDetails {
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

export function readOrigin(row: string | null): { repository: Repository | null; archive: boolean } {
  const origin = row === null ? null : (JSON.parse(row) as Origin)
  const archive = origin !== null && 'archive' in origin
  return { repository: origin === null || 'archive' in origin ? null : origin, archive }
}

/** As `paas deploy --git` takes it. */
function originText(repository: Repository | null): string | null {
  if (repository === null) return null
  return repository.ref === null ? repository.url : `${repository.url}#${repository.ref}`
}

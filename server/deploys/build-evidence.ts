import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Evidence } from '../../builder/build.ts'
import type { BuildPlan } from '../../builder/plan.ts'
import type { BuildSbom } from '../contract/build.ts'
import type { Database } from '../db/database.ts'
import { hasErrorCode } from '../errors.ts'

/** What the row of a build has of it; the bill of materials is a file beside the output. */
export type KeptEvidence = Pick<Evidence, 'phases' | 'peakMemoryBytes'> & { components: number | null }

const NOTICED_MS = 100

export const NO_EVIDENCE: KeptEvidence = { phases: [], peakMemoryBytes: null, components: null }

/** Keeps what a build tells of itself, whether it succeeds or not. */
export interface BuildRecorder {
  /** A source that was asked for by a name is this commit. */
  fetched(commit: string): void
  planned(plan: BuildPlan): void
  measured(evidence: Evidence): void
}

/** What a build tells of itself, kept in the database and in its directory. */
export class BuildEvidence {
  readonly #db: Database
  readonly #directory: string

  constructor(db: Database, directory: string) {
    this.#db = db
    this.#directory = directory
  }

  /** `waitedMs` before the builder began is a phase, too, when anybody would notice. */
  recorder(buildId: string, waitedMs: number): BuildRecorder {
    const waited = { name: 'Waiting for a turn', ms: Math.round(waitedMs), cached: false }
    const before = waitedMs < NOTICED_MS ? [] : [waited]
    return {
      fetched: (commit) => this.#fetched(buildId, commit),
      planned: (plan) => this.#planned(buildId, plan),
      measured: (evidence) => this.#measured(buildId, { ...evidence, phases: [...before, ...evidence.phases] }),
    }
  }

  /** Undefined for builds that failed, and for those of versions before. */
  async sbom(buildId: string): Promise<BuildSbom | undefined> {
    try {
      return JSON.parse(await readFile(this.#file(buildId), 'utf8')) as BuildSbom
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  #fetched(buildId: string, commit: string): void {
    this.#db.run('UPDATE builds SET commit_id = ? WHERE id = ?', commit, buildId)
  }

  #planned(buildId: string, plan: BuildPlan): void {
    this.#db.run(
      'UPDATE builds SET plan = ?, buildpack = ? WHERE id = ?',
      JSON.stringify(plan),
      plan.buildpack,
      buildId,
    )
  }

  #measured(buildId: string, { phases, peakMemoryBytes, sbom }: Evidence): void {
    const kept = sbom !== null && this.#write(buildId, sbom)
    const evidence: KeptEvidence = { phases, peakMemoryBytes, components: kept ? sbom.components.length : null }
    this.#db.run('UPDATE builds SET evidence = ? WHERE id = ?', JSON.stringify(evidence), buildId)
  }

  /** A disk that is full loses the bill, not the build. */
  #write(buildId: string, sbom: object): boolean {
    try {
      mkdirSync(dirname(this.#file(buildId)), { recursive: true })
      writeFileSync(this.#file(buildId), JSON.stringify(sbom))
      return true
    } catch {
      return false
    }
  }

  #file(buildId: string): string {
    return join(this.#directory, buildId, 'sbom.json')
  }
}

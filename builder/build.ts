import type { FetchNetwork } from './fetch/way-out.ts'
import type { Phase } from './phases.ts'
import type { BuildPlan, ProcessTypes } from './plan.ts'
import type { Sbom } from './sbom/sbom.ts'

export type { FetchNetwork }

/** What the builder process reads, one JSON line on its standard input. */
export type BuildRequest = {
  id: string
  app: string
  /** A tar file of the source tree, as `git archive` makes it. The builder reads it and leaves it alone. */
  sourceTar: string
  /** Commit or other name of the source; SOURCE_VERSION in the build. */
  sourceVersion: string
  endpoint: BuildEndpoint
  /** Config vars for the build. They are mounted as secrets and redacted from every line of output. */
  environment: Record<string, string>
  limits: BuildLimits
  /** Path of a PEM bundle of the machine's own authorities, trusted beside the public ones (authorities.ts). Null: it has none. */
  certificateBundle: string | null
  /** Skips every cache. */
  noCache: boolean
  settings?: BuildSettings
  /** Nothing is to be built but this image taken as it is: the source is a Dockerfile of one line that names it. */
  image?: string | null
  /** The tar is no source but an archive of that image, as `docker save` writes it. */
  imageArchive?: boolean
  /** The source is elsewhere: nothing is in the tar, this is fetched. By https; a branch, a tag or a whole commit. */
  repository?: { url: string; ref: string | null } | null
  /** HTTP_PROXY and its like, for every step. */
  proxy?: Record<string, string>
  /** How sources are reached that are not in the tar. */
  network?: FetchNetwork
}

/** What an app says of its builds that its files do not. Paths are relative, and checked already. */
export type BuildSettings = {
  /** The directory that is the app. */
  root?: string | null
  /** Built whatever else there is. */
  dockerfile?: string | null
  /** A builder image of Cloud Native Buildpacks that builds the app, unless `dockerfile` is set. */
  builder?: string | null
  /** The stage of the Dockerfile that is the image. */
  target?: string | null
  /** In place of `Procfile`. */
  procfile?: string | null
  /** Of the Dockerfile; no secrets. */
  args?: Record<string, string>
  /** In order, in place of what the tree looks like: an own language, or classic ones (classic/reference.ts). */
  buildpacks?: string[]
  /** Fetch what the tree only points to: trees of submodules, contents of Git LFS. */
  submodules?: boolean
  lfs?: boolean
}

export type BuildEndpoint =
  /** Every image gets the labels, beside those of its app and build. */
  | { kind: 'docker'; socketPath: string; labels?: Record<string, string> }
  | { kind: 'directory'; root: string; cache: string }

export type BuildLimits = {
  memoryMb: number
  cpus: number
  /** Processes and threads. */
  pids: number
  /** By how much the disk may fill while the build runs. */
  diskBytes: number
  timeoutMs: number
  maxFileBytes: number
  maxTreeBytes: number
}

/**
 * What the builder process writes, one JSON line each on its standard output. A failed build is a result (`failed`),
 * not an error: `fix` and `command` name the next step. `retryable` marks what may pass by itself (engine restarted).
 */
export type BuildEvent =
  /** `-----> text` */
  | { type: 'heading'; text: string }
  /** Indented body line. */
  | { type: 'line'; text: string }
  /** ` !     text` */
  | { type: 'warning'; text: string }
  /** What was asked for by the name of a branch or tag is this commit. */
  | { type: 'source'; commit: string }
  | { type: 'plan'; plan: BuildPlan }
  /** Before `done` and `failed`, unless the builder itself died. */
  | ({ type: 'evidence' } & Evidence)
  | {
      type: 'done'
      image: string
      sizeBytes: number
      processTypes: ProcessTypes
      plan: BuildPlan
      cachedSteps: number
      /** Config vars of app.json that the app did not have, as the build saw them. Secrets may be among them. */
      config?: Record<string, string>
    }
  | { type: 'failed'; code: string; message: string; fix?: string; command?: string; retryable: boolean }

/** What is kept of a build beside its output. */
export type Evidence = {
  phases: Phase[]
  /** Of the builder and what it started; on docker of all builds of the engine together. Null where nobody can tell. */
  peakMemoryBytes: number | null
  /** Null for a build that failed before there was an image. */
  sbom: Sbom | null
}

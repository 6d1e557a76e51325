import type { AppRecord } from '../apps/apps.ts'
import type { FormationRow } from '../apps/formation.ts'
import type { Workload, WorkloadKey } from '../engine/engine.ts'
import type { ReleaseRecord } from './releases.ts'

/** SIGTERM to SIGKILL (Heroku: 30 s). */
export const STOP_GRACE_MS = 30_000
/** Processes and threads of one instance. */
export const PIDS_LIMIT = 512
/** The process type that the router sends requests to. */
export const WEB = 'web'
/** The Procfile entry that runs once before a release goes live, and is never scaled. */
export const RELEASE_PHASE = 'release'

/** What should run for a release: one workload per process type that is scaled above 0. */
export function workloadsOf(app: AppRecord, release: ReleaseRecord, formation: FormationRow[]): Workload[] {
  return formation
    .filter((row) => row.quantity > 0 && isScalable(release, row.processType))
    .map((row) => workloadOf(app, release, row))
}

export function workloadOf(app: AppRecord, release: ReleaseRecord, row: FormationRow): Workload {
  const command = release.processTypes[row.processType]
  return {
    app: app.id,
    release: release.number,
    processType: row.processType,
    quantity: row.quantity,
    image: release.image,
    command: shellCommand(command ?? null, release),
    environment: appEnvironment(app, release),
    listens: row.processType === WEB,
    ...(release.port === null ? {} : { port: release.port }),
    limits: { memoryMb: row.memoryMb, cpus: row.cpus, pids: PIDS_LIMIT },
    stopGraceMs: STOP_GRACE_MS,
  }
}

export function isScalable(release: ReleaseRecord, processType: string): boolean {
  return processType !== RELEASE_PHASE && Object.hasOwn(release.processTypes, processType)
}

/** The app's own scripts for its environment before a process starts, in the order in which Heroku reads them. */
const READ_PROFILE =
  'export HOME="$PWD"; for file in .profile.d/*.sh; do if [ -f "$file" ]; then . "$file"; fi; done; if [ -f .profile ]; then . ./.profile; fi; '

const LAUNCHER = '/cnb/lifecycle/launcher'
/** What the launcher itself is called by for a process that buildpacks have defined. */
const DEFINED = /^\/cnb\/process\/[\w-]+$/

type Started = Pick<ReleaseRecord, 'profile' | 'launcher'>

/** A Procfile line is the user's shell text: it is run by the shell inside the instance, never by ours. */
export function shellCommand(text: string | null, { profile, launcher }: Started): string[] | null {
  if (text === null) return null
  if (launcher) return DEFINED.test(text) ? [text] : [LAUNCHER, text]
  return profile ? ['/bin/bash', '-c', `${READ_PROFILE}exec /bin/bash -c "$0"`, text] : ['/bin/sh', '-c', text]
}

/** A whole argv, in the same environment. */
export function plainCommand(command: string[], { profile, launcher }: Started): string[] {
  if (launcher) return [LAUNCHER, '--', ...command]
  return profile ? ['/bin/bash', '-c', `${READ_PROFILE}exec "$0" "$@"`, ...command] : command
}

/** Config vars win over what the language wants, what addons give over both, ours over all. */
export function appEnvironment(app: AppRecord, release: ReleaseRecord): Record<string, string> {
  return {
    ...release.environment,
    ...release.config,
    ...release.attached,
    PAAS_APP: app.name,
    PAAS_RELEASE: `v${release.number}`,
    ...(release.commit === null ? {} : { PAAS_COMMIT: release.commit }),
  }
}

export function keyOf({ app, release, processType }: WorkloadKey): string {
  return `${app}/${release}/${processType}`
}

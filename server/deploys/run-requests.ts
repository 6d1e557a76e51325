import { randomInt } from 'node:crypto'
import type { z } from 'zod'
import type { AppRecord } from '../apps/apps.ts'
import type { CreateRun } from '../contract/run.ts'
import type { Instance, RunRequest } from '../engine/engine.ts'
import { PaasError } from '../errors.ts'
import { nameOf } from './readiness-check.ts'
import type { ReleaseRecord } from './releases.ts'
import { appEnvironment, PIDS_LIMIT, plainCommand, shellCommand, WEB } from './workloads.ts'

/** For who names no command: the better shell of the two that images have. */
const SHELL = 'command -v bash >/dev/null && exec bash; exec sh'

/** What the engine is asked for a one-off. */
export function runRequestOf(
  app: AppRecord,
  release: ReleaseRecord,
  memoryMb: number,
  { name, ...request }: z.output<typeof CreateRun> & { name: string },
): RunRequest {
  return {
    app: app.id,
    release: release.number,
    name,
    image: release.image,
    command: argvOf(request.command, release, (text) => processCommand(release, text)),
    environment: appEnvironment(app, { ...release, config: { ...release.config, ...request.environment } }),
    limits: { memoryMb, cpus: 1, pids: PIDS_LIMIT },
    tty: request.tty,
    attach: !request.detached,
  }
}

/** `typed`: as it is shown to people; `argv`: as the engine gets it, in the environment that the processes of the release have. */
export function execCommand(typed: string[] | undefined, release: ReleaseRecord): { typed: string[]; argv: string[] } {
  const words = typed ?? [SHELL]
  return { typed: words, argv: argvOf(words, release, (text) => text) as string[] }
}

/**
 * The instance of a name or an id that a command can join; without one, an instance of `web`, or else any. While a deploy
 * settles two have the same name: the one of the release that serves is meant. Throws `instance.not-found`.
 */
export function instanceToJoin(app: AppRecord, instances: Instance[], asked: string | undefined): Instance {
  const running = instances.filter(({ state }) => state === 'running')
  const [first] = running
    .filter((each) => asked === undefined || each.id === asked || nameOf(each) === asked)
    .sort((a, b) => rank(app, b) - rank(app, a))
  if (first) return first
  throw new PaasError(
    'not-found',
    'instance.not-found',
    asked === undefined ? `No instance of ${app.name} is running.` : `No instance ${asked} of ${app.name} is running.`,
    { fix: 'See what runs, or start a one-off instead.', command: `paas ps -a ${app.name}` },
  )
}

export function randomName(kind: 'run' | 'exec'): string {
  return `${kind}.${randomInt(1000, 10_000)}`
}

function rank({ currentRelease }: AppRecord, { release, processType }: Instance): number {
  return (release === currentRelease ? 2 : 0) + (processType === WEB ? 1 : 0)
}

function argvOf(words: string[], release: ReleaseRecord, textOf: (text: string) => string): string[] | null {
  const [only] = words
  return words.length === 1 ? shellCommand(textOf(only as string), release) : plainCommand(words, release)
}

/** `paas run worker` runs that Procfile entry, as at Heroku; everything else is a command. */
function processCommand(release: ReleaseRecord, text: string): string {
  return (Object.hasOwn(release.processTypes, text) ? release.processTypes[text] : null) ?? text
}

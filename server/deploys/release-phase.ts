import type { AppRecord } from '../apps/apps.ts'
import type { Engine, Exit, RunHandle } from '../engine/engine.ts'
import type { DeployRecord, DeployRecords } from './deploy-records.ts'
import { DeployFailure, heading, type Say } from './failure.ts'
import { echo } from './output-lines.ts'
import type { ReleaseRecord } from './releases.ts'
import { howItEnded } from './runs.ts'
import { appEnvironment, PIDS_LIMIT, RELEASE_PHASE, shellCommand } from './workloads.ts'

/** RELIABILITY 5.3. */
export const RELEASE_TIMEOUT_MS = 10 * 60_000
const RELEASE_MEMORY_MB = 512

/**
 * The Procfile's `release` process: once, in the new image, with the new config, before anything live is touched.
 * At most once per attempt: its name is written down before it starts, and a run whose end nobody saw counts as failed.
 */
export class ReleasePhase {
  readonly #engine: Engine
  readonly #records: DeployRecords

  constructor(engine: Engine, records: DeployRecords) {
    this.#engine = engine
    this.#records = records
  }

  async run(
    app: AppRecord,
    deploy: DeployRecord,
    release: ReleaseRecord,
    signal: AbortSignal,
    say: Say,
  ): Promise<void> {
    const command = release.processTypes[RELEASE_PHASE]
    if (command === undefined) return
    say(heading('Running the release command'))
    const handle = deploy.releaseRun
      ? await this.#resume(app, deploy.releaseRun)
      : await this.#begin(app, deploy, release, command)
    const reading = Promise.all([echo(handle.stdout, say), echo(handle.stderr, say)])
    const exit = await this.#ended(handle, signal)
    await reading
    if (exit.code !== 0) throw failed(exit)
  }

  async #begin(
    app: AppRecord,
    deploy: DeployRecord,
    release: ReleaseRecord,
    command: string | null,
  ): Promise<RunHandle> {
    const name = `${RELEASE_PHASE}.${release.number}-${deploy.attempt}`
    this.#records.move(deploy.id, 'releasing', { releaseRun: name })
    return await this.#engine.run({
      app: app.id,
      release: release.number,
      name,
      image: release.image,
      command: shellCommand(command, release),
      environment: appEnvironment(app, release),
      limits: { memoryMb: RELEASE_MEMORY_MB, cpus: 1, pids: PIDS_LIMIT },
      tty: null,
      attach: true,
    })
  }

  async #resume(app: AppRecord, name: string): Promise<RunHandle> {
    const handle = await this.#engine.findRun(app.id, name)
    if (handle) return handle
    throw new DeployFailure('the server restarted during the release command, and how it ended is not known', {
      fix: 'Check what the command has done already (a migration may be half way), then push again.',
    })
  }

  async #ended(handle: RunHandle, signal: AbortSignal): Promise<Exit> {
    const timeout = AbortSignal.timeout(RELEASE_TIMEOUT_MS)
    const stop = AbortSignal.any([signal, timeout])
    const onStop = () => void handle.signal('SIGKILL').catch(() => undefined)
    stop.addEventListener('abort', onStop, { once: true })
    try {
      const exit = await handle.exited
      signal.throwIfAborted()
      if (timeout.aborted) {
        throw new DeployFailure(
          `the release command did not end within ${RELEASE_TIMEOUT_MS / 60_000} minutes and was killed`,
        )
      }
      return exit
    } finally {
      stop.removeEventListener('abort', onStop)
    }
  }
}

function failed(exit: Exit): DeployFailure {
  return new DeployFailure(`the release command ${howItEnded(exit)}`, {
    fix: 'The release before serves on. Mend the command in the Procfile (release: ...) and push again.',
  })
}

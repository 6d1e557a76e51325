import { redactor } from '../../builder/redaction.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { Exit } from '../engine/engine.ts'
import type { Log } from '../log.ts'
import type { DeployRecord } from './deploy-records.ts'
import { heading, type Say, warning } from './failure.ts'
import { echo } from './output-lines.ts'
import { reasonOf } from './rejection.ts'
import type { ReleaseRecord, Releases } from './releases.ts'
import { howItEnded, type Job, type Runs, type StartedJob } from './runs.ts'

/** As for the release command. */
export const SCRIPT_TIMEOUT_MS = 10 * 60_000

type Script = { title: string; job: Job }
type Around = { signal: AbortSignal; say: Say }

type ScriptParts = {
  runs: Pick<Runs, 'start'>
  releases: Pick<Releases, 'lastGoodBefore'>
  log: Log
}

/**
 * The scripts of app.json that follow a deploy, in the release that serves: `dokku.postdeploy` behind each, `postdeploy`
 * behind the first. Each is written down before it starts and never started twice. What becomes of them changes nothing
 * about the deploy; rollbacks have none.
 */
export class DeployScripts {
  readonly #parts: ScriptParts

  constructor(parts: ScriptParts) {
    this.#parts = parts
  }

  /** Their output is said, line by line. Never throws. */
  async run(app: AppRecord, deploy: DeployRecord, release: ReleaseRecord, { signal, say }: Around): Promise<void> {
    const redact = redactor({ ...release.config, ...release.attached })
    const around = { signal, say: (line: string) => say(redact(line)) }
    for (const script of this.#of(deploy, release, true)) await this.#attempt(app, release, script, around)
  }

  /** For whom nobody listens: their output goes to the app's log. Never throws. */
  async runDetached(app: AppRecord, deploy: DeployRecord, release: ReleaseRecord): Promise<void> {
    const around = { signal: new AbortController().signal, say: () => {} }
    for (const script of this.#of(deploy, release, false)) await this.#attempt(app, release, script, around)
  }

  #of({ kind }: DeployRecord, release: ReleaseRecord, attach: boolean): Script[] {
    if (kind === 'rollback') return []
    const { afterEach, afterFirst } = release.wishes.scripts
    const first = this.#parts.releases.lastGoodBefore(release.appId, release.number) === undefined
    const { number, userId } = release
    const job = { kind: 'script', userId, attach } as const
    const each = { ...job, name: `dokku-postdeploy.${number}`, job: 'dokku.postdeploy', dueAt: number }
    // Whatever its release: once in the life of the app.
    const once = { ...job, name: `postdeploy.${number}`, job: 'postdeploy', dueAt: 0 }
    return [
      ...(afterEach === null ? [] : [{ title: 'dokku.postdeploy', job: { ...each, command: afterEach } }]),
      ...(afterFirst === null || !first ? [] : [{ title: 'postdeploy', job: { ...once, command: afterFirst } }]),
    ]
  }

  async #attempt(
    app: AppRecord,
    release: ReleaseRecord,
    { title, job }: Script,
    { signal, say }: Around,
  ): Promise<void> {
    try {
      const started = await this.#parts.runs.start(app, job, release)
      if (!started) return
      say(heading(`Running ${title} of app.json`))
      const exit = await this.#ended(started, signal, say)
      if (exit?.code !== 0) say(warning(`${title} ${howItEnded(exit)}. The release serves all the same.`))
    } catch (error) {
      const reason = reasonOf(error, this.#parts.log, `v${release.number}`)
      say(warning(`${title} of app.json could not be run: ${reason}. The release serves all the same.`))
    }
  }

  async #ended({ handle, ended }: StartedJob, signal: AbortSignal, say: Say): Promise<Exit | null> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(SCRIPT_TIMEOUT_MS)])
    const kill = () => void handle.signal('SIGKILL').catch(() => undefined)
    if (stop.aborted) kill()
    stop.addEventListener('abort', kill, { once: true })
    try {
      const reading = Promise.all([echo(handle.stdout, say), echo(handle.stderr, say)])
      const exit = await ended
      await reading
      return exit
    } finally {
      stop.removeEventListener('abort', kill)
    }
  }
}

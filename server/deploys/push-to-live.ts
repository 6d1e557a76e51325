import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AppRecord } from '../apps/apps.ts'
import type { ConfigVarStore } from '../apps/config-vars.ts'
import type { Database } from '../db/database.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Faults } from '../faults.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../people/actor.ts'
import type { BuildOutputs } from './build-output.ts'
import type { BuildRunner } from './build-run.ts'
import type { BuildRecord, Builds, Built } from './builds.ts'
import type { Deploy } from './deploy.ts'
import type { DeployRecord, DeployRecords } from './deploy-records.ts'
import { requireDiskSpace } from './disk-space.ts'
import { DeployFailure, detail, heading, type Say, warning } from './failure.ts'
import type { DeployNews } from './news.ts'
import type { Releases } from './releases.ts'
import type { Settling } from './settle.ts'
import { type HeldTurn, Stopped, type Turns } from './turns.ts'

export type Push = {
  actor: Actor
  app: AppRecord
  commit: string
  /** Puts a tar of the tree at the path; called when the push's turn has come, and throws when it cannot be accepted any more. */
  writeSource: (file: string, signal: AbortSignal) => Promise<void>
  output: Say
}

export type PushParts = {
  db: Database
  configVars: ConfigVarStore
  builds: Builds
  outputs: BuildOutputs
  runner: BuildRunner
  records: DeployRecords
  releases: Releases
  turns: Turns
  deploy: Deploy
  settling: Settling
  news: DeployNews
  appUrl: (app: AppRecord) => string
  faults: Faults
  log: Log
}

/** The push, as a story: source, build, release, deploy; then the old release settles behind it. */
export class PushToLive {
  readonly #parts: PushParts

  constructor(parts: PushParts) {
    this.#parts = parts
  }

  /** The user's mistakes are lines and `accepted: false`; so are ours, with a request to look at the log. */
  async receive(push: Push): Promise<{ accepted: boolean }> {
    const { builds, outputs, records } = this.#parts
    const build = builds.create({ appId: push.app.id, commit: push.commit, userId: push.actor.user?.id ?? null })
    const deploy = records.insert({
      appId: push.app.id,
      kind: 'push',
      buildId: build.id,
      userId: push.actor.user?.id ?? null,
    })
    const output = outputs.open(build.id)
    const say: Say = (line) => {
      output.push(line)
      push.output(line)
    }
    try {
      await this.#carry(push, build, deploy, say)
      return { accepted: true }
    } catch (error) {
      this.#failed(push.app, build, deploy.id, error, say)
      return { accepted: false }
    } finally {
      await output.end()
    }
  }

  /** Goes on with a build whose source had arrived before the server was interrupted; nobody listens any more. */
  async resume(app: AppRecord, deploy: DeployRecord): Promise<void> {
    const { builds, outputs } = this.#parts
    const build = builds.record(deploy.buildId as string)
    const output = outputs.open(build.id)
    const say: Say = (line) => output.push(line)
    try {
      say(heading('The server restarted; going on'))
      await using turn = await this.#parts.turns.take(app.id, deploy.id, 'push')
      const image = await this.#image(app, build, deploy, turn, say)
      await this.#release(app, build, deploy.id, image, turn, say)
    } catch (error) {
      this.#failed(app, build, deploy.id, error, say)
    } finally {
      await output.end()
    }
  }

  async #carry(push: Push, build: BuildRecord, deploy: DeployRecord, say: Say): Promise<void> {
    const { turns, records } = this.#parts
    if (turns.length(push.app.id) > 0) say(heading('Another deploy of this app is under way; waiting for it'))
    await using turn = await turns.take(push.app.id, deploy.id, 'push')
    records.move(deploy.id, 'fetching')
    const file = this.#parts.builds.sourceFile(build.id)
    await mkdir(dirname(file), { recursive: true })
    await requireDiskSpace(dirname(file))
    await push.writeSource(file, turn.signal)
    const image = await this.#image(push.app, build, records.get(deploy.id), turn, say)
    await this.#release(push.app, build, deploy.id, image, turn, say)
  }

  async #image(app: AppRecord, build: BuildRecord, deploy: DeployRecord, turn: HeldTurn, say: Say): Promise<Built> {
    const { builds, configVars, faults, records, runner } = this.#parts
    if (build.image && build.plan) {
      return { image: build.image, sizeBytes: 0, plan: build.plan, processTypes: build.plan.processTypes }
    }
    const attempt = deploy.state === 'fetching' ? 1 : deploy.attempt + 1
    records.move(deploy.id, 'building', { attempt })
    builds.begin(build.id, attempt)
    faults('build:before')
    const built = await runner.run(
      {
        id: build.id,
        app: app.id,
        sourceTar: builds.sourceFile(build.id),
        sourceVersion: build.commit,
        environment: configVars.all(app.id),
      },
      turn.signal,
      say,
    )
    faults('build:after')
    this.#parts.db.transaction(() => {
      builds.succeed(build.id, built)
      records.move(deploy.id, 'built')
    })
    await builds.forgetSource(build.id)
    return built
  }

  async #release(
    app: AppRecord,
    build: BuildRecord,
    deployId: string,
    built: Built,
    turn: HeldTurn,
    say: Say,
  ): Promise<void> {
    const { deploy, records, settling } = this.#parts
    const number = records.get(deployId).release ?? this.#createRelease(app, build, deployId, built)
    await deploy.run(records.get(deployId), turn, say)
    say(detail(`Released v${number}`))
    say(detail(`${this.#parts.appUrl(app)} deployed to paas`))
    say('')
    say('Verifying deploy... done.')
    settling.begin(records.get(deployId))
  }

  #createRelease(app: AppRecord, build: BuildRecord, deployId: string, built: Built): number {
    const { configVars, db, faults, records, releases } = this.#parts
    faults('release:before')
    const number = db.transaction(() => {
      const release = releases.create({
        appId: app.id,
        description: `Deploy ${build.commit.slice(0, 8)}`,
        userId: build.userId,
        buildId: build.id,
        commit: build.commit,
        image: built.image,
        processTypes: built.processTypes,
        environment: built.plan.environment,
        port: built.plan.port ?? null,
        config: configVars.all(app.id),
      })
      records.move(deployId, 'built', { release: release.number })
      return release.number
    })
    faults('release:after')
    return number
  }

  #failed(app: AppRecord, build: BuildRecord, deployId: string, error: unknown, say: Say): void {
    const { builds, db, log, news, records, releases } = this.#parts
    const stopped = error instanceof Stopped ? error : undefined
    const reason = messageOf(error)
    db.transaction(() => {
      const { release } = records.get(deployId)
      builds.end(build.id, stopped ? 'canceled' : 'failed', reason)
      if (release !== null) releases.setStatus(app.id, release, 'failed', reason)
      records.move(deployId, stopped?.state ?? 'failed', { reason })
    })
    void builds.forgetSource(build.id)
    news.failed(app, reason)
    const known = stopped || error instanceof DeployFailure || error instanceof PaasError
    if (!known)
      log.error('deploy.failed', { deploy: deployId, reason, stack: error instanceof Error ? error.stack : undefined })
    for (const line of rejection(error, known !== false, build.id)) say(line)
  }
}

function rejection(error: unknown, known: boolean, buildId: string): string[] {
  const lines = ['', warning(sentence(messageOf(error)))]
  const help = error instanceof DeployFailure ? error : error instanceof PaasError ? error.help : undefined
  if (help?.fix) lines.push(warning(help.fix))
  if (help?.command) lines.push(warning(`Try: ${help.command}`))
  if (!known) lines.push(warning(`This is a fault of the platform; its log says more. Build ${buildId}.`))
  lines.push(warning('Push rejected. What was live before still is.'), '')
  return lines
}

function sentence(text: string): string {
  const named = /^[a-z-]+\.\d/.test(text)
  const capital = named ? text : text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}

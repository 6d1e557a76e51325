import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AppRecord } from '../apps/apps.ts'
import type { BuildSettingsStore } from '../apps/build-settings.ts'
import type { BuildpackStore } from '../apps/buildpacks.ts'
import type { ConfigVarStore } from '../apps/config-vars.ts'
import { shortVersion } from '../contract/source-version.ts'
import type { Database } from '../db/database.ts'
import type { Faults } from '../faults.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../people/actor.ts'
import type { AddonWishes } from './addon-wishes.ts'
import type { BuildOutputs } from './build-output.ts'
import type { BuildRunner } from './build-run.ts'
import type { BuildSlots } from './build-slots.ts'
import type { BuildRecord, Builds, Built, Origin } from './builds.ts'
import type { Deploy } from './deploy.ts'
import type { DeployRecord, DeployRecords } from './deploy-records.ts'
import type { DeployScripts } from './deploy-scripts.ts'
import { requireDiskSpace } from './disk-space.ts'
import type { Endings } from './endings.ts'
import { detail, heading, type Say } from './failure.ts'
import { awaitMemory } from './memory-pressure.ts'
import type { DeployNews } from './news.ts'
import { reasonOf, rejection } from './rejection.ts'
import { wishesOf } from './release-wishes.ts'
import type { Attached, Releases } from './releases.ts'
import type { Settling } from './settle.ts'
import { type HeldTurn, Stopped, type Turns } from './turns.ts'

export type Push = {
  actor: Actor
  app: AppRecord
  commit: string
  /** A source tree unless said otherwise. */
  kind?: BuildRecord['kind']
  /** The builder fetches the source from there, so that `writeSource` has nothing to write; or it is an image in an archive. */
  origin?: Origin
  /** Puts a tar of the tree at the path; called when the push's turn has come, and throws when it cannot be accepted any more. */
  writeSource: (file: string, signal: AbortSignal) => Promise<void>
  output: Say
}

export type PushParts = {
  db: Database
  configVars: ConfigVarStore
  attached: Attached
  buildSettings: BuildSettingsStore
  buildpacks: BuildpackStore
  builds: Builds
  outputs: BuildOutputs
  runner: BuildRunner
  slots: BuildSlots
  records: DeployRecords
  releases: Releases
  endings: Endings
  turns: Turns
  deploy: Deploy
  scripts: Pick<DeployScripts, 'run'>
  settling: Settling
  news: DeployNews
  addonWishes: AddonWishes
  currentRelease: (appId: string) => number | null
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
    try {
      const { build, deploy } = this.#record(push)
      return { accepted: await this.#live(push, build, deploy) }
    } catch (error) {
      const reason = reasonOf(error, this.#parts.log, '-')
      for (const line of rejection(error, reason, null)) push.output(line)
      return { accepted: false }
    }
  }

  /** As `receive`, for a client that has gone on: the output of the build tells how it went. `after` it, whatever came of it. */
  begin(push: Push, after: () => Promise<void> = async () => undefined): { build: string; deploy: string } {
    const { build, deploy } = this.#record(push)
    void this.#live(push, build, deploy)
      .finally(after)
      .catch((error: unknown) => void reasonOf(error, this.#parts.log, deploy.id))
    return { build: build.id, deploy: deploy.id }
  }

  /** Goes on with a build whose source had arrived before the server was interrupted; nobody listens any more. */
  async resume(app: AppRecord, deploy: DeployRecord): Promise<void> {
    const { builds, outputs } = this.#parts
    const build = builds.record(deploy.buildId as string)
    const output = outputs.open(build.id)
    const say: Say = (line) => output.push(line)
    let turn: HeldTurn | undefined
    try {
      say(heading('The server restarted; going on'))
      turn = await this.#parts.turns.take(app.id, deploy.id, 'push')
      const image = await this.#image(app, build, deploy, turn, say)
      await this.#release(app, build, deploy.id, image, turn, say)
    } catch (error) {
      this.#failed(app, build, deploy.id, error, say)
    } finally {
      await turn?.[Symbol.asyncDispose]()
      await output.end()
    }
  }

  #record({ actor, app, commit, kind = 'source', origin }: Push): { build: BuildRecord; deploy: DeployRecord } {
    const { builds, db, records } = this.#parts
    const userId = actor.user?.id ?? null
    return db.transaction(() => {
      const build = builds.create({ appId: app.id, commit, kind, origin, userId })
      return { build, deploy: records.insert({ appId: app.id, kind: 'push', buildId: build.id, userId }) }
    })
  }

  /** The turn is given back when the ending is written: the next deploy finds no other one of the app under way. */
  async #live(push: Push, build: BuildRecord, deploy: DeployRecord): Promise<boolean> {
    const { outputs, turns } = this.#parts
    const output = outputs.open(build.id)
    const say: Say = (line) => {
      output.push(line)
      push.output(line)
    }
    let turn: HeldTurn | undefined
    try {
      if (turns.length(push.app.id) > 0) say(heading('Another deploy of this app is under way; waiting for it'))
      turn = await turns.take(push.app.id, deploy.id, 'push')
      await this.#carry(push, build, deploy, turn, say)
      return true
    } catch (error) {
      this.#failed(push.app, build, deploy.id, error, say)
      return false
    } finally {
      await turn?.[Symbol.asyncDispose]()
      await output.end()
    }
  }

  async #carry(push: Push, build: BuildRecord, deploy: DeployRecord, turn: HeldTurn, say: Say): Promise<void> {
    const { endings, records } = this.#parts
    endings.flush()
    records.move(deploy.id, 'fetching')
    const file = this.#parts.builds.sourceFile(build.id)
    await mkdir(dirname(file), { recursive: true })
    await requireDiskSpace(dirname(file))
    await push.writeSource(file, turn.signal)
    const image = await this.#image(push.app, build, records.get(deploy.id), turn, say)
    await this.#release(push.app, build, deploy.id, image, turn, say)
  }

  async #image(app: AppRecord, build: BuildRecord, deploy: DeployRecord, turn: HeldTurn, say: Say): Promise<Built> {
    const { buildpacks, buildSettings, builds, configVars, faults, news, records, runner, slots } = this.#parts
    if (build.image && build.plan) {
      return { image: build.image, sizeBytes: 0, plan: build.plan, processTypes: build.plan.processTypes }
    }
    const attempt = deploy.state === 'fetching' ? 1 : deploy.attempt + 1
    records.move(deploy.id, 'building', { attempt })
    builds.begin(build.id, attempt)
    const began = performance.now()
    const who = build.userId ?? app.id
    using _slot = await slots.take(who, turn.signal, () =>
      say(heading('Other apps are being built; waiting for a turn')),
    )
    await awaitMemory(turn.signal, () => say(heading('The box is short of memory; waiting until there is more')))
    const waitedMs = performance.now() - began
    faults('build:before')
    const built = await runner.run(
      {
        id: build.id,
        app: app.id,
        sourceTar: builds.sourceFile(build.id),
        sourceVersion: build.commit,
        environment: { ...configVars.all(app.id), ...this.#parts.attached(app.id) },
        repository: build.repository,
        ...(build.kind === 'image'
          ? { image: build.commit, imageArchive: build.archive }
          : { settings: { ...buildSettings.get(app.id), buildpacks: buildpacks.list(app.id) } }),
      },
      turn.signal,
      say,
      builds.recorder(build.id, waitedMs),
    )
    faults('build:after')
    this.#parts.db.transaction(() => {
      builds.succeed(build.id, built)
      const { changed } = configVars.add(app.id, built.config ?? {})
      if (changed.length > 0) news.configured(app, changed)
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
    const { deploy, records, releases, scripts, settling } = this.#parts
    if (records.get(deployId).release === null) await this.#addons(app, built, turn, say)
    const number = records.get(deployId).release ?? this.#createRelease(app, build, deployId, built)
    await deploy.run(records.get(deployId), turn, say)
    say(detail(`Released v${number}`))
    say(detail(`${this.#parts.appUrl(app)} deployed to paas`))
    settling.begin(records.get(deployId))
    await scripts.run(app, records.get(deployId), releases.record(app.id, number), { signal: turn.signal, say })
    say('')
    say('Verifying deploy... done.')
  }

  /** Before its first release, which then finds them in its environment. */
  async #addons(app: AppRecord, { plan }: Built, { signal }: HeldTurn, say: Say): Promise<void> {
    const { addonWishes, currentRelease } = this.#parts
    const wishes = plan.manifest?.addons ?? []
    if (wishes.length > 0) await addonWishes.want(app, wishes, { first: currentRelease(app.id) === null, signal, say })
  }

  #createRelease(app: AppRecord, build: BuildRecord, deployId: string, built: Built): number {
    const { builds, configVars, db, faults, records, releases } = this.#parts
    const { commit } = builds.record(build.id)
    faults('release:before')
    const number = db.transaction(() => {
      const release = releases.create({
        appId: app.id,
        description: `Deploy ${described(commit)}`,
        userId: build.userId,
        buildId: build.id,
        commit,
        image: built.image,
        processTypes: built.processTypes,
        environment: built.plan.environment,
        port: built.plan.port ?? null,
        profile: built.plan.profile ?? false,
        launcher: built.plan.cloudNative !== undefined,
        config: configVars.all(app.id),
        wishes: wishesOf(built.plan.manifest),
      })
      records.move(deployId, 'built', { release: release.number })
      return release.number
    })
    faults('release:after')
    return number
  }

  #failed(app: AppRecord, build: BuildRecord, deployId: string, error: unknown, say: Say): void {
    const { builds, endings, log, news } = this.#parts
    const reason = reasonOf(error, log, deployId)
    endings.end(deployId, { state: error instanceof Stopped ? error.state : 'failed', reason })
    void builds.forgetSource(build.id).catch(() => undefined)
    news.failed(app, reason)
    for (const line of rejection(error, reason, build.id)) say(line)
  }
}

/** Eight characters of a commit; other names as they are. */
function described(version: string): string {
  return /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 8) : shortVersion(version)
}

import { access } from 'node:fs/promises'
import type { AppRecord, Apps } from '../apps/apps.ts'
import type { Log } from '../log.ts'
import type { Builds } from './builds.ts'
import type { DeployRecord, DeployRecords } from './deploy-records.ts'
import type { DeployScripts } from './deploy-scripts.ts'
import type { Endings } from './endings.ts'
import type { PushToLive } from './push-to-live.ts'
import { reasonOf } from './rejection.ts'
import type { ReleaseChange } from './release-change.ts'
import type { Releases } from './releases.ts'
import type { Settling } from './settle.ts'

/** A build that was cut off is begun again once. */
const MAX_BUILD_ATTEMPTS = 2

export type RecoveryParts = {
  apps: Apps
  builds: Builds
  records: DeployRecords
  endings: Endings
  pushToLive: PushToLive
  releaseChange: ReleaseChange
  settling: Settling
  releases: Releases
  scripts: Pick<DeployScripts, 'runDetached'>
  log: Log
}

/** After a crash: every deploy that an earlier run of the server left goes on or ends, by the rules of RELIABILITY 5.1. */
export class Recovery {
  readonly #parts: RecoveryParts

  constructor(parts: RecoveryParts) {
    this.#parts = parts
  }

  /** Decides about each at once; what goes on does so in the background. */
  async recover(): Promise<void> {
    for (const deploy of this.#parts.records.interrupted()) {
      this.#parts.log.info('deploy.interrupted', { deploy: deploy.id, state: deploy.state })
      try {
        await this.#recover(deploy)
      } catch (error) {
        this.#fail(deploy, reasonOf(error, this.#parts.log, deploy.id))
      }
    }
  }

  async #recover(deploy: DeployRecord): Promise<void> {
    const { apps, pushToLive, releaseChange } = this.#parts
    const app = apps.findById(deploy.appId)
    if (!app) return this.#fail(deploy, 'the app was destroyed')
    if (deploy.state === 'draining' || deploy.state === 'retiring') return this.#settle(app, deploy)
    if (deploy.kind !== 'push') return void releaseChange.carry(deploy.id)
    const obstacle = await this.#obstacle(deploy)
    if (obstacle) return this.#fail(deploy, obstacle)
    void pushToLive
      .resume(app, deploy)
      .catch((error: unknown) => this.#fail(deploy, reasonOf(error, this.#parts.log, deploy.id)))
  }

  /** It serves already. Scripts that were not begun yet are run now; those that were, not again. */
  #settle(app: AppRecord, deploy: DeployRecord): void {
    const { releases, scripts, settling } = this.#parts
    settling.begin(deploy)
    const release = deploy.release === null ? undefined : releases.find(app.id, deploy.release)
    if (release) void scripts.runDetached(app, deploy, release)
  }

  /** Why a push cannot go on, if it cannot. */
  async #obstacle(deploy: DeployRecord): Promise<string | null> {
    const { builds } = this.#parts
    if (deploy.state === 'queued' || deploy.state === 'fetching') {
      return 'the server restarted before the source had arrived; push again'
    }
    const build = builds.record(deploy.buildId as string)
    if (deploy.state !== 'building' || build.image) return null
    if (deploy.attempt >= MAX_BUILD_ATTEMPTS) return 'the build was interrupted twice; push again'
    if (build.repository) return null
    const arrived = await access(builds.sourceFile(build.id)).then(
      () => true,
      () => false,
    )
    return arrived ? null : 'the server restarted and the source is gone; push again'
  }

  #fail(deploy: DeployRecord, reason: string): void {
    this.#parts.endings.end(deploy.id, { state: 'failed', reason })
  }
}

import type { Apps } from '../apps/apps.ts'
import type { Engine } from '../engine/engine.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Cron } from './cron.ts'
import { type InstanceRegistry, RESYNC_MS } from './instance-registry.ts'
import type { Reconciler } from './reconcile.ts'
import type { Recovery } from './recovery.ts'
import type { RoutePublisher } from './route-publisher.ts'
import type { Runs } from './runs.ts'

export type ConvergenceParts = {
  engine: Engine
  apps: Apps
  registry: InstanceRegistry
  publisher: RoutePublisher
  reconciler: Reconciler
  recovery: Recovery
  runs: Runs
  cron: Cron
  log: Log
}

/** When the engine and the router are made equal to the database: at the start, when the engine returns, on a timer. */
export class Convergence implements AsyncDisposable {
  readonly #parts: ConvergenceParts
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #following: Promise<unknown> | undefined
  #takenUp = false

  constructor(parts: ConvergenceParts) {
    this.#parts = parts
  }

  /** Resolves after the first pass; an engine that is away is waited for in the background. */
  async start(): Promise<void> {
    const { publisher, registry } = this.#parts
    const { signal } = this.#closing
    this.#following = Promise.all([registry.follow(signal), publisher.follow(signal)])
    registry.onNews((news) => {
      if (news.type === 'returned') void this.converge()
      else if (news.type !== 'listed') publisher.publishSoon()
    })
    await this.converge()
    this.#timer = setInterval(() => void this.converge(), RESYNC_MS)
  }

  /** Never throws. */
  async converge(): Promise<void> {
    const { apps, cron, log, reconciler, recovery, registry, runs } = this.#parts
    await reconciler.reconcile()
    if (this.#takenUp || registry.engineBootId === undefined || this.#closing.signal.aborted) return
    this.#takenUp = true
    await recovery.recover()
    await runs
      .recover((id) => apps.findById(id))
      .catch((error: unknown) => log.warn('runs.recover', { reason: messageOf(error) }))
    // Behind them, so that a job which still runs is known to.
    if (!this.#closing.signal.aborted) cron.start()
  }

  /** Throws `engine.unavailable` while nothing can be deployed: the engine does not answer, or has just begun to. */
  async requireEngine(): Promise<void> {
    await this.#parts.engine.info()
    if (this.#takenUp) return
    throw new PaasError('unavailable', 'engine.unavailable', 'The container engine has only just come back.', {
      fix: 'Try again in a moment.',
      command: 'paas status',
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#closing.abort()
    await this.#following
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import type { RouterClient } from '../../router/client.ts'
import type { ProbeAnswer } from '../../router/contract/call.ts'
import type { TargetSpec } from '../../router/contract/table.ts'
import type { Engine, Exit, Instance } from '../engine/engine.ts'
import { messageOf, PaasError } from '../errors.ts'
import { DeployFailure, detail, type Say } from './failure.ts'
import type { InstanceRegistry } from './instance-registry.ts'
import { explainExit, explainNotReady } from './readiness.ts'
import type { ReleaseWishes } from './release-wishes.ts'
import { healthCheckOf, targetOf } from './route-table.ts'
import { WEB } from './workloads.ts'

/** A worker counts as started when it has lived this long; it is watched on behind the push. */
export const WORKER_SETTLE_MS = 1_000
/** Lines of a failed instance shown to whoever pushed. */
const SHOWN_LINES = 20

export type ReadinessCheck = {
  service: string
  /** Host header of the probes: the app's first domain. */
  host: string | null
  instances: Instance[]
  memoryMb: (processType: string) => number
  /** Of the release, by process type. */
  checks: ReleaseWishes['healthChecks']
  bootTimeoutMs: number
  signal: AbortSignal
  say: Say
}

/** Proves new instances before anything live is touched: web through the router, others by staying alive. */
export class Readiness {
  readonly #engine: Engine
  readonly #router: RouterClient
  readonly #registry: InstanceRegistry

  constructor(engine: Engine, router: RouterClient, registry: InstanceRegistry) {
    this.#engine = engine
    this.#router = router
    this.#registry = registry
  }

  /** Resolves when all are ready. Throws DeployFailure with the reason, its help, and the log's tail said before. */
  async wait(check: ReadinessCheck): Promise<void> {
    const crash = this.#firstExit(check.instances)
    const stop = new AbortController()
    const signal = AbortSignal.any([check.signal, stop.signal])
    try {
      await Promise.race([
        Promise.all([this.#webReady(check, signal), this.#workersSettled(check, signal)]),
        crash.promise.then(async ({ instance, exit }) => {
          await this.#sayTail(instance, check.say)
          const help = explainExit(nameOf(instance), exit, check.memoryMb(instance.processType))
          throw new DeployFailure(help.reason, help)
        }),
      ])
    } finally {
      crash[Symbol.dispose]()
      stop.abort()
    }
  }

  async #webReady(check: ReadinessCheck, signal: AbortSignal): Promise<void> {
    const web = check.instances.filter((instance) => instance.endpoint)
    if (web.length === 0) return
    const answer = await this.#probe(
      check,
      web.map(targetOf).filter((target) => target !== undefined),
      signal,
    )
    const failed = answer.targets.find((target) => !target.healthy)
    const instance = failed && web.find(({ id }) => id === failed.id)
    if (instance) throw await this.#explain(instance, failed.lastError, check)
  }

  async #probe(check: ReadinessCheck, targets: TargetSpec[], signal: AbortSignal): Promise<ProbeAnswer> {
    try {
      return await this.#router.probe(
        {
          service: check.service,
          targets,
          healthCheck: healthCheckOf(check.checks, check.host),
          deadlineMs: deadlineOf(check),
        },
        signal,
      )
    } catch (error) {
      check.signal.throwIfAborted()
      signal.throwIfAborted()
      throw new PaasError('unavailable', 'router.unavailable', `The router cannot be reached: ${messageOf(error)}.`, {
        fix: 'What was live before still is. See whether the router runs, then push again.',
        command: 'paas status',
      })
    }
  }

  async #workersSettled(check: ReadinessCheck, signal: AbortSignal): Promise<void> {
    const times = check.instances.map(({ processType, endpoint }) => {
      return check.checks[processType]?.uptimeMs ?? (endpoint ? 0 : WORKER_SETTLE_MS)
    })
    const longest = Math.max(0, ...times)
    if (longest > 0) await pause(longest, undefined, { signal })
  }

  async #explain(instance: Instance, lastError: string | null, check: ReadinessCheck): Promise<DeployFailure> {
    const listening = await this.#engine.listening(instance.id).catch(() => [])
    await this.#sayTail(instance, check.say)
    const help = explainNotReady({
      name: nameOf(instance),
      port: instance.endpoint?.port ?? 0,
      listening,
      lastError,
      seconds: Math.round(deadlineOf(check) / 1_000),
      path: check.checks[WEB]?.path ?? null,
    })
    return new DeployFailure(help.reason, help)
  }

  async #sayTail(instance: Instance, say: Say): Promise<void> {
    const lines: string[] = []
    try {
      for await (const line of this.#engine.logs(instance.id, { tail: SHOWN_LINES })) lines.push(line.text)
    } catch {
      return
    }
    if (lines.length > 0) say(detail(`Last lines of ${nameOf(instance)}:`))
    for (const line of lines) say(detail(line))
  }

  #firstExit(instances: Instance[]): Disposable & { promise: Promise<{ instance: Instance; exit: Exit }> } {
    const { promise, resolve } = Promise.withResolvers<{ instance: Instance; exit: Exit }>()
    const ids = new Set(instances.map(({ id }) => id))
    const subscription = this.#registry.onNews((news) => {
      if (news.type === 'exited' && ids.has(news.instance.id)) resolve({ instance: news.instance, exit: news.exit })
    })
    for (const instance of instances) {
      const known = this.#registry.find(instance.id) ?? instance
      if (known.lastExit) resolve({ instance: known, exit: known.lastExit })
    }
    return { promise, [Symbol.dispose]: () => subscription[Symbol.dispose]() }
  }
}

function deadlineOf({ checks, bootTimeoutMs }: ReadinessCheck): number {
  return checks[WEB]?.deadlineMs ?? bootTimeoutMs
}

export function nameOf(instance: { processType: string; index: number }): string {
  return `${instance.processType}.${instance.index}`
}

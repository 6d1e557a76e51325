import type { AppRecord } from '../apps/apps.ts'
import type { FormationRow } from '../apps/formation.ts'
import type { Instance } from '../engine/engine.ts'
import { PaasError } from '../errors.ts'
import { nameOf } from './readiness-check.ts'
import type { ReleaseRecord } from './releases.ts'
import type { ServingParts } from './serving-parts.ts'
import { STOP_GRACE_MS, WEB, workloadOf } from './workloads.ts'

/** `ps:restart`: each instance is exchanged for a fresh one, one after the other, and no request is dropped. */
export class Restarting {
  readonly #parts: ServingParts

  constructor(parts: ServingParts) {
    this.#parts = parts
  }

  /** `process` is a type (`web`), an instance (`web.1`), or undefined for all. */
  async restart(app: AppRecord, process?: string): Promise<void> {
    await this.#parts.locks.hold(app.id, async () => {
      const instances = this.#chosen(app, process)
      const web = instances.filter((instance) => instance.processType === WEB)
      const others = instances.filter((instance) => instance.processType !== WEB)
      await Promise.all(others.map((instance) => this.#exchange(app, instance)))
      await this.#exchangeWeb(app, web)
    })
  }

  #chosen(app: AppRecord, process: string | undefined): Instance[] {
    const current = this.#parts.currentRelease(app.id)
    const serving = this.#parts.registry.of(app.id).filter((instance) => instance.release === current)
    if (process === undefined) return serving
    const chosen = serving.filter((instance) => instance.processType === process || nameOf(instance) === process)
    if (chosen.length > 0) return chosen
    throw new PaasError('not-found', 'instance.not-found', `${app.name} runs no ${process}.`, {
      fix: `What runs: ${serving.map(nameOf).join(', ') || 'nothing'}.`,
      command: `paas ps -a ${app.name}`,
    })
  }

  /** One more instance carries the requests meanwhile, so that even a lone `web.1` is exchanged without a gap. */
  async #exchangeWeb(app: AppRecord, instances: Instance[]): Promise<void> {
    const row = this.#parts.formation.get(app.id, WEB)
    const release = this.#release(app)
    if (instances.length === 0 || !row || !release) return
    try {
      await this.#surge(app, release, { ...row, quantity: row.quantity + 1 })
      for (const instance of instances) {
        try {
          await this.#leave([instance])
          await this.#exchange(app, instance)
        } finally {
          this.#parts.publisher.setLeaving([instance.id], false)
        }
        await this.#parts.publisher.publish()
      }
    } finally {
      await this.#surge(app, release, row)
    }
  }

  async #surge(app: AppRecord, release: ReleaseRecord, row: FormationRow): Promise<void> {
    const { engine, publisher, registry } = this.#parts
    const surplus = registry
      .of(app.id)
      .filter((it) => it.processType === WEB && it.release === release.number && it.index > row.quantity)
    publisher.setSurge(app.id, row.quantity)
    if (surplus.length > 0) await this.#leave(surplus)
    const instances = await engine.apply(workloadOf(app, release, row))
    registry.learn(instances)
    registry.forget(surplus.map(({ id }) => id))
    publisher.setLeaving(
      surplus.map(({ id }) => id),
      false,
    )
    await this.#ready(
      app,
      instances.filter((instance) => instance.index === row.quantity),
      row.memoryMb,
    )
    await publisher.publish()
  }

  async #leave(instances: Instance[]): Promise<void> {
    const { publisher, router } = this.#parts
    const targets = instances.map(({ id }) => id)
    publisher.setLeaving(targets, true)
    await publisher.publish()
    await router.drained({ targets })
  }

  async #exchange(app: AppRecord, instance: Instance): Promise<void> {
    const { engine, formation, news, registry } = this.#parts
    news.restarting(app, instance)
    await engine.restart(instance.id, STOP_GRACE_MS)
    const fresh = (await engine.list(app.id)).filter(
      (it) => it.release === instance.release && nameOf(it) === nameOf(instance),
    )
    if (!fresh.some(({ id }) => id === instance.id)) registry.forget([instance.id])
    registry.learn(fresh)
    await this.#ready(app, fresh, formation.get(app.id, instance.processType)?.memoryMb ?? 0)
  }

  async #ready(app: AppRecord, instances: Instance[], memoryMb: number): Promise<void> {
    await this.#parts.readiness.wait({
      service: app.name,
      host: this.#parts.domains.hosts(app)[0] ?? null,
      instances: instances.map((instance) => ({ ...instance, lastExit: null })),
      memoryMb: () => memoryMb,
      checks: this.#release(app)?.wishes.healthChecks ?? {},
      bootTimeoutMs: this.#parts.boxSettings.bootTimeoutMs,
      signal: new AbortController().signal,
      say: () => {},
    })
  }

  #release(app: AppRecord): ReleaseRecord | undefined {
    const current = this.#parts.currentRelease(app.id)
    return current === null ? undefined : this.#parts.releases.find(app.id, current)
  }
}

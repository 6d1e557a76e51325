import type { z } from 'zod'
import type { AppRecord } from '../apps/apps.ts'
import { MAX_QUANTITY, type Process, type Scale } from '../contract/formation.ts'
import type { Instance } from '../engine/engine.ts'
import { messageOf, PaasError } from '../errors.ts'
import { DeployFailure } from './failure.ts'
import type { ReleaseRecord } from './releases.ts'
import type { ServingParts } from './serving-parts.ts'
import { isScalable, WEB, workloadOf } from './workloads.ts'

export type ScaleChanges = z.output<typeof Scale>['changes']

/** Changes how many instances of each process type there are, without dropping a request either way. */
export class Scaling {
  readonly #parts: ServingParts

  constructor(parts: ServingParts) {
    this.#parts = parts
  }

  processes(app: AppRecord): Process[] {
    const release = this.#release(app)
    if (!release) return []
    return this.#parts.formation
      .list(app.id)
      .filter((row) => isScalable(release, row.processType))
      .map((row) => ({
        type: row.processType,
        quantity: row.quantity,
        command: release.processTypes[row.processType] ?? null,
        memoryMb: row.memoryMb,
        cpus: row.cpus,
      }))
  }

  /** All changes are checked before the first is made. Throws `formation.unready` when a new instance does not come up. */
  async scale(app: AppRecord, changes: ScaleChanges): Promise<Process[]> {
    const release = this.#release(app)
    if (!release) {
      throw new PaasError('conflict', 'release.none', `${app.name} has no release yet, so there is nothing to scale.`, {
        fix: 'Push some code first.',
        command: 'git push paas main',
      })
    }
    await this.#parts.locks.hold(app.id, async () => {
      const wanted = changes.map((change) => this.#wanted(app, release, change))
      for (const { type, quantity } of wanted) await this.#become(app, this.#release(app) ?? release, type, quantity)
    })
    return this.processes(app)
  }

  #wanted(app: AppRecord, release: ReleaseRecord, change: ScaleChanges[number]): { type: string; quantity: number } {
    const row = this.#parts.formation.get(app.id, change.type)
    if (!row || !isScalable(release, change.type)) {
      const types = this.processes(app).map(({ type }) => type)
      throw new PaasError('invalid', 'process.unknown', `${app.name} has no process type ${change.type}.`, {
        fix: `Its process types: ${types.join(', ') || 'none'}. They come from the Procfile.`,
        command: `paas ps -a ${app.name}`,
      })
    }
    const quantity = 'quantity' in change ? change.quantity : row.quantity + change.change
    if (quantity < 0 || quantity > MAX_QUANTITY) {
      throw new PaasError('invalid', 'process.quantity', `${change.type} cannot be scaled to ${quantity}.`, {
        fix: `Use a number from 0 to ${MAX_QUANTITY}.`,
      })
    }
    return { type: change.type, quantity }
  }

  async #become(app: AppRecord, release: ReleaseRecord, type: string, quantity: number): Promise<void> {
    const before = this.#parts.formation.get(app.id, type)?.quantity ?? 0
    this.#parts.formation.set(app.id, type, quantity)
    if (quantity < before) await this.#shrink(app, type, quantity)
    await this.#apply(app, release, type)
    this.#parts.news.scaled(app, type, quantity)
  }

  /** Out of the table first; stopped when nothing is in flight on them any more. */
  async #shrink(app: AppRecord, type: string, quantity: number): Promise<void> {
    if (type !== WEB) return
    const { publisher, registry, router } = this.#parts
    await publisher.publish()
    const surplus = registry.of(app.id).filter((instance) => instance.processType === type && instance.index > quantity)
    if (surplus.length > 0) await router.drained({ targets: surplus.map(({ id }) => id) })
  }

  async #apply(app: AppRecord, release: ReleaseRecord, type: string): Promise<void> {
    const { engine, formation, publisher, registry } = this.#parts
    const row = formation.get(app.id, type)
    if (!row) return
    const known = new Set(registry.of(app.id).map(({ id }) => id))
    const workload = workloadOf(app, release, row)
    if (row.quantity === 0) await engine.remove(workload, workload.stopGraceMs)
    else {
      const instances = await engine.apply(workload)
      registry.learn(instances)
      await this.#prove(
        app,
        instances.filter(({ id }) => !known.has(id)),
        row.memoryMb,
      )
    }
    if (type === WEB) await publisher.publish()
  }

  async #prove(app: AppRecord, instances: Instance[], memoryMb: number): Promise<void> {
    if (instances.length === 0) return
    const lines: string[] = []
    try {
      await this.#parts.readiness.wait({
        service: app.name,
        host: this.#parts.domains.hosts(app)[0] ?? null,
        instances,
        memoryMb: () => memoryMb,
        checks: this.#release(app)?.wishes.healthChecks ?? {},
        bootTimeoutMs: this.#parts.boxSettings.bootTimeoutMs,
        signal: new AbortController().signal,
        say: (line) => lines.push(line),
      })
    } catch (error) {
      if (!(error instanceof DeployFailure)) throw error
      throw new PaasError('failed', 'formation.unready', `The new instances did not come up: ${messageOf(error)}.`, {
        ...(error.fix ? { fix: error.fix } : {}),
        command: `paas logs -a ${app.name}`,
      })
    }
  }

  #release(app: AppRecord): ReleaseRecord | undefined {
    const current = this.#parts.currentRelease(app.id)
    return current === null ? undefined : this.#parts.releases.find(app.id, current)
  }
}

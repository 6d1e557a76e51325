import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { AddonRecord, ServerRecord } from '../addon-records.ts'
import { databaseOf, type Servers } from '../servers.ts'
import { planNamed, serviceNamed } from '../services.ts'
import type { Conditions } from './conditions.ts'
import { nearLimit } from './gauges.ts'

/** Each look is one short connection to a database. */
const EVERY_MS = 60_000

export type CheckupParts = {
  servers: Pick<Servers, 'access'>
  conditions: Conditions
  log: Log
  /** Between two looks at one server. */
  checkEveryMs?: number | undefined
}

/** Looks how near addons are to what their plans give them. */
export class Checkup {
  readonly #parts: CheckupParts
  readonly #lookedAt = new Map<string, number>()

  constructor(parts: CheckupParts) {
    this.#parts = parts
  }

  /** Of a server whose turn it is. Never throws: what does not answer is looked at another time. */
  async pass(server: ServerRecord, addons: AddonRecord[]): Promise<void> {
    const { checkEveryMs = EVERY_MS, log } = this.#parts
    const now = performance.now()
    if (now - (this.#lookedAt.get(server.id) ?? -checkEveryMs) < checkEveryMs) return
    this.#lookedAt.set(server.id, now)
    for (const addon of addons) {
      try {
        await this.#look(server, addon)
      } catch (error) {
        log.warn('addons.checkup', { addon: addon.name, reason: messageOf(error) })
      }
    }
  }

  async #look(server: ServerRecord, addon: AddonRecord): Promise<void> {
    const { conditions, servers } = this.#parts
    const service = serviceNamed(addon.service)
    if (!service.gauges) return
    const plan = planNamed(service, addon.plan)
    const access = await servers.access(server)
    await service.upgrade?.following.tidy(access, databaseOf(addon))
    const gauges = await service.gauges(access, databaseOf(addon), plan)
    const open = new Set(conditions.of(addon.id).map(({ code }) => code))
    for (const gauge of gauges) conditions.set(addon.id, gauge.name, nearLimit(gauge, open.has(gauge.name)))
  }
}

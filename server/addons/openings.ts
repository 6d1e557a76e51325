import type { AppRecord } from '../apps/apps.ts'
import type { Database } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import type { SecretBox } from '../db/secret-box.ts'
import type { Engine } from '../engine/engine.ts'
import { PaasError } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import { madeUpAddonName } from './addon-names.ts'
import type { AddonRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { AddonService, Plan } from './addon-service.ts'
import type { Binding } from './binding.ts'
import { newPassword } from './credentials.ts'
import { passwordPlace } from './servers.ts'
import { planNamed, requireVersion, serverSize, serviceNamed } from './services.ts'

const NAME_TRIES = 20
const MAX_ADDONS_OF_APP = 20

export type NewAddon = {
  service: string
  plan?: string | undefined
  version?: string | undefined
  name?: string | undefined
  as?: string | undefined
  attach: boolean
}

type OpeningsParts = {
  db: Database
  box: SecretBox
  engine: Pick<Engine, 'provided'>
  rows: AddonRows
  binding: Pick<Binding, 'requireFree'>
}

/** Checks the wish for a new addon and writes it down. */
export class Openings {
  readonly #parts: OpeningsParts

  constructor(parts: OpeningsParts) {
    this.#parts = parts
  }

  async create(actor: Actor, app: AppRecord, wish: NewAddon): Promise<AddonRecord> {
    const { binding, db, rows } = this.#parts
    const service = serviceNamed(wish.service)
    const plan = planNamed(service, wish.plan)
    if (wish.version !== undefined) requireVersion(service, wish.version)
    const as = wish.as ?? null
    binding.requireFree(app, as)
    if (wish.name !== undefined) this.requireFreeName(wish.name)
    if (rows.ownedBy(app.id).length >= MAX_ADDONS_OF_APP) throw tooMany(app)
    const version = wish.version ?? (await this.#version(service))
    return db.transaction(() => {
      const serverId = this.#server(service, plan, wish.version, version)
      const name = wish.name ?? this.#freeName(service.name)
      const userId = actor.user?.id ?? null
      const addon = { name, service: service.name, plan: plan.name, serverId, appId: app.id, userId }
      return rows.insert(addon, { do: 'create', attach: wish.attach, as })
    })
  }

  /** Throws `addon.taken`. */
  requireFreeName(name: string): void {
    if (!this.#parts.rows.named(name)) return
    throw new PaasError('conflict', 'addon.taken', `The name ${name} is taken.`, {
      fix: 'Choose another name, or leave it out to get one that is free.',
    })
  }

  /** The newest that is on the box, else the newest that can be had without a registry and from the suite of the base. */
  async #version({ versions }: AddonService): Promise<string> {
    for (const { version, programs } of versions) if (await this.#parts.engine.provided(programs)) return version
    const buildable = versions.find(({ programs: { packages, suite } }) => packages !== null && suite === undefined)
    return (buildable ?? versions[0])?.version ?? ''
  }

  #server(service: AddonService, plan: Plan, wished: string | undefined, version: string): string {
    const { box, rows } = this.#parts
    const shared = plan.shared ? rows.sharedServer(service.name, wished) : undefined
    if (shared) return shared.id
    const id = newId('addon')
    const host = `${service.name}-${id.slice(-12)}`
    rows.insertServer(
      { id, service: service.name, version, shared: plan.shared, host, ...serverSize(plan) },
      box.seal(newPassword(), passwordPlace(id)),
    )
    return id
  }

  #freeName(service: string): string {
    for (let tries = 0; tries < NAME_TRIES; tries += 1) {
      const name = madeUpAddonName(service)
      if (!this.#parts.rows.named(name)) return name
    }
    throw new PaasError('failed', 'addon.no-name', 'No free name was found.', { fix: 'Give it a name with --name.' })
  }
}

function tooMany(app: AppRecord): PaasError {
  return new PaasError('limited', 'addon.limit', `${app.name} has ${MAX_ADDONS_OF_APP} addons, which is the limit.`, {
    fix: 'Destroy one that is not needed any more.',
    command: `paas addons -a ${app.name}`,
  })
}

import type { AppRecord } from '../apps/apps.ts'
import type { AddonWish, AddonWishes } from '../deploys/addon-wishes.ts'
import { DeployFailure, detail, heading, warning } from '../deploys/failure.ts'
import { PaasError } from '../errors.ts'
import type { ActivityLog } from '../people/activity.ts'
import { SYSTEM } from '../people/actor.ts'
import type { AddonRecord } from './addon-records.ts'
import type { AddonService } from './addon-service.ts'
import type { Addons } from './addons.ts'
import { SERVICES } from './services.ts'

/** An image may have to be pulled or made. */
const LONGEST_MS = 15 * 60_000

type Lacking = { wish: AddonWish; service: AddonService }
type WantedParts = {
  addons: Pick<Addons, 'create' | 'list' | 'watch'>
  activity: Pick<ActivityLog, 'record'>
}

/** The addons that an app.json names. Made for an app that was never live; later a word says which are lacking. */
export class WantedAddons implements AddonWishes {
  readonly #parts: WantedParts

  constructor(parts: WantedParts) {
    this.#parts = parts
  }

  /** Resolves when they are there. Throws DeployFailure for one that could not be made. */
  async want(app: AppRecord, wishes: AddonWish[], around: Parameters<AddonWishes['want']>[2]): Promise<void> {
    const { first, say } = around
    const known = wishes.flatMap((wish) => {
      const service = serviceOf(wish)
      if (!service)
        say(warning(`app.json: there is no addon like ${wish.plan.split(':')[0]} here; set what it would bring.`))
      return service ? [{ wish, service }] : []
    })
    const owned = this.#parts.addons.list(app)
    const lacking = known.filter(({ service }, at) => {
      const before = known.slice(0, at).filter((other) => other.service === service).length
      return owned.filter((addon) => addon.service === service.name).length <= before
    })
    if (!first) {
      for (const { service } of lacking) say(warning(offer(app, service)))
      return
    }
    const made: AddonRecord[] = []
    for (const one of lacking) made.push(await this.#create(app, one))
    const waiting = [...owned.filter(({ state }) => state === 'creating' || state === 'failed'), ...made]
    for (const addon of waiting) await this.#untilThere(app, addon, around)
  }

  async #create(app: AppRecord, { wish, service }: Lacking): Promise<AddonRecord> {
    const { activity, addons } = this.#parts
    const plan = wish.plan.split(':')[1]
    const version = wish.options['version']
    const request = {
      service: service.name,
      plan: service.plans.some(({ name }) => name === plan) ? plan : undefined,
      version: service.versions.some((offered) => offered.version === version) ? version : undefined,
      ...(wish.as === null ? {} : { as: wish.as }),
      attach: true,
    }
    const addon = await addons.create(SYSTEM, app, request).catch((error: unknown) => {
      if (error instanceof PaasError) throw new DeployFailure(error.message, error.help)
      throw error
    })
    activity.record(SYSTEM, 'addon.create', `${addon.name} (${addon.service} ${addon.plan}, app.json)`, app)
    return addon
  }

  async #untilThere(
    app: AppRecord,
    addon: AddonRecord,
    { signal, say }: { signal: AbortSignal; say: (line: string) => void },
  ) {
    const late = AbortSignal.timeout(LONGEST_MS)
    say(heading(`Creating ${addon.name} (${addon.service} ${addon.plan}) from app.json`))
    let told: string | null = null
    for await (const { state, step, reason } of this.#parts.addons.watch(addon.id, AbortSignal.any([signal, late]))) {
      if (step !== null && step !== told) say(detail(step))
      told = step
      if (state === 'available') return
      if (state === 'failed') throw failed(app, addon, reason)
    }
    signal.throwIfAborted()
    throw failed(app, addon, late.aborted ? `it took longer than ${LONGEST_MS / 60_000} minutes` : 'it is gone')
  }
}

/** `heroku-postgresql:mini` is our `postgresql`. */
function serviceOf({ plan }: AddonWish): AddonService | undefined {
  const name = (plan.split(':')[0] ?? '').replace(/^heroku-/, '')
  return SERVICES.find((service) => service.name === name || service.aliases.includes(name))
}

function offer(app: AppRecord, { name }: AddonService): string {
  return `app.json names ${name}, which ${app.name} does not have: paas addons:create ${name} -a ${app.name}`
}

function failed(app: AppRecord, { name }: AddonRecord, reason: string | null): DeployFailure {
  return new DeployFailure(
    `the addon ${name}, which app.json asks for, could not be made: ${reason ?? 'no reason is known'}`,
    {
      fix: 'Destroy it and push again to have another try, or take it out of app.json.',
      command: `paas addons:destroy ${name} -a ${app.name}`,
    },
  )
}

import type { AddonRecord } from '../addons/addon-records.ts'
import { attachmentView } from '../addons/attachments.ts'
import type { ConditionRecord } from '../addons/conditions/conditions.ts'
import { isLoopback } from '../addons/exposures.ts'
import { SERVICES, serviceNamed } from '../addons/services.ts'
import type { Addon, AddonCondition, AddonPlan, Condition } from '../contract/addon.ts'
import type { Actor } from '../people/actor.ts'
import type { ApiServices } from './services.ts'

type AddonViewServices = Pick<ApiServices, 'attachments'> & {
  addons: Pick<ApiServices['addons'], 'conditions' | 'server'>
  apps: Pick<ApiServices['apps'], 'findById'>
}

/** The Addon resource. Which other apps use it is no secret to those who may see one of them. */
export function addonView(addon: AddonRecord, { addons, apps, attachments }: AddonViewServices): Addon {
  return {
    id: addon.id,
    name: addon.name,
    service: addon.service,
    version: addons.server(addon).version,
    plan: addon.plan,
    state: addon.state,
    step: addon.step,
    reason: addon.reason,
    app: apps.findById(addon.appId)?.name ?? '',
    attachments: attachments.ofAddon(addon.id).map(attachmentView),
    exposed: addon.exposed && { ...addon.exposed, scheme: schemeAt(addon, addon.exposed.address) },
    conditions: addons.conditions.of(addon.id).map(conditionView),
    deploy: addon.deployId,
    createdAt: addon.createdAt.toISOString(),
  }
}

function schemeAt({ service }: AddonRecord, address: string): string | null {
  return isLoopback(address) ? null : (serviceNamed(service).secureScheme ?? null)
}

export function planViews(): AddonPlan[] {
  return SERVICES.flatMap(({ name, title, versions, plans }) =>
    plans.map((plan) => ({
      service: name,
      title,
      versions: versions.map(({ version }) => version),
      plan: plan.name,
      about: plan.about,
      shared: plan.shared,
      memoryMb: plan.memoryMb,
      connections: plan.connections,
      storageMb: plan.storageMb ?? null,
    })),
  )
}

/** Of addons that belong, or are attached, to an app that the actor sees. */
export function conditionViews(actor: Actor, { addons, apps, attachments }: ApiServices): AddonCondition[] {
  const seen = new Map(apps.listFor(actor).map(({ id, name }) => [id, name]))
  return addons.conditions.all().flatMap((condition) => {
    const addon = addons.findById(condition.addonId)
    if (!addon) return []
    const appIds = [addon.appId, ...attachments.ofAddon(addon.id).map(({ appId }) => appId)]
    const app = appIds.map((id) => seen.get(id)).find((name) => name !== undefined)
    return app === undefined ? [] : [{ app, addon: addon.name, ...conditionView(condition) }]
  })
}

function conditionView({ code, words, since }: ConditionRecord): Condition {
  return { code, words, since: since.toISOString() }
}

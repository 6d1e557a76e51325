import type { AddonRecord } from '../addons/addon-records.ts'
import { attachmentView } from '../addons/attachments.ts'
import { SERVICES } from '../addons/services.ts'
import type { Addon, AddonPlan } from '../contract/addon.ts'
import type { ApiServices } from './services.ts'

type AddonViewServices = Pick<ApiServices, 'attachments'> & {
  addons: Pick<ApiServices['addons'], 'server'>
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
    exposed: addon.exposed,
    deploy: addon.deployId,
    createdAt: addon.createdAt.toISOString(),
  }
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
    })),
  )
}

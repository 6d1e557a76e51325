import type { AddonRecord } from '../addons/addon-records.ts'
import type { Permission } from '../contract/route.ts'
import type { Actor } from '../people/actor.ts'
import type { ApiServices } from './services.ts'

/** What is done to an addon, or shown of what all apps do in it, needs the right in the app that owns it. Returns the addon. */
export function own(
  actor: Actor,
  addon: AddonRecord,
  permission: Permission,
  { access, apps }: Pick<ApiServices, 'access' | 'apps'>,
): AddonRecord {
  access.require(actor, permission, apps.findById(addon.appId))
  return addon
}

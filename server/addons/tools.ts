import { PaasError } from '../errors.ts'
import type { AddonRecord } from './addon-records.ts'
import type { AddonTools, Database, ServerAccess } from './addon-service.ts'
import type { Addons } from './addons.ts'
import { requireAvailable } from './available.ts'
import { databaseOf } from './servers.ts'
import { serviceNamed } from './services.ts'

/** The tools of an addon, with the way into it. Throws `addon.no-tools`, `addon.busy`, or that it does not answer. */
export async function toolsOf(
  addons: Pick<Addons, 'server' | 'servers'>,
  addon: AddonRecord,
): Promise<{ tools: AddonTools; access: ServerAccess; database: Database }> {
  const { title, tools } = serviceNamed(addon.service)
  if (!tools) {
    throw new PaasError('conflict', 'addon.no-tools', `${title} has no reports.`, {
      fix: 'See what is known of it.',
      command: `paas addons:info ${addon.name}`,
    })
  }
  requireAvailable(addon)
  return { tools, access: await addons.servers.access(addons.server(addon)), database: databaseOf(addon) }
}

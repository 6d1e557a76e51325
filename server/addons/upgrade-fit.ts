import { PaasError } from '../errors.ts'
import type { AddonRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { Attachments } from './attachments.ts'
import { serviceNamed } from './services.ts'

type Parts = { rows: Pick<AddonRows, 'server'>; attachments: Pick<Attachments, 'ofAddon'> }

/** Throws `upgrade.not-fit` with the reason. */
export function requireFit(addon: AddonRecord, to: AddonRecord, { rows, attachments }: Parts): void {
  const [old, fresh] = [rows.server(addon.serverId), rows.server(to.serverId)]
  const { upgrade, versions, title } = serviceNamed(addon.service)
  // Newest first.
  const age = (version: string) => versions.findIndex((each) => each.version === version)
  if (!upgrade) throw notFit(`${title} is not moved from server to server`)
  if (addon.id === to.id) throw notFit('it is the same one')
  if (to.service !== addon.service) throw notFit(`${to.name} is of another kind`)
  if (to.appId !== addon.appId) throw notFit(`${to.name} belongs to another app`)
  if (old.shared || fresh.shared)
    throw notFit('a shared server is not one addon’s to change; fork it and promote the fork')
  if (age(fresh.version) > age(old.version)) throw notFit(`${to.name} has an older version, ${fresh.version}`)
  if (fresh.connections < old.connections) throw notFit(`${to.name} has a smaller plan, ${to.plan}`)
  if (attachments.ofAddon(to.id).length > 0) throw notFit(`${to.name} is used by an app`)
}

function notFit(why: string): PaasError {
  return new PaasError('conflict', 'upgrade.not-fit', `The database cannot move there: ${why}.`, {
    fix: 'Make a new server for it.',
    command: 'paas pg:upgrade:prepare',
  })
}

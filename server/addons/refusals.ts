import type { AppRecord } from '../apps/apps.ts'
import { PaasError } from '../errors.ts'
import type { AddonRecord } from './addon-records.ts'

export function destroyedMeanwhile({ name }: AddonRecord): PaasError {
  return new PaasError('not-found', 'addon.not-found', `${name} was destroyed meanwhile.`, { command: 'paas addons' })
}

export function noClient({ name }: AddonRecord, title: string): PaasError {
  return new PaasError('conflict', 'addon.no-client', `${title} has no program that people type into.`, {
    fix: 'See what is known of it.',
    command: `paas addons:info ${name}`,
  })
}

export function otherKind(addon: AddonRecord, plan: string): PaasError {
  return new PaasError('conflict', 'addon.plan', `${addon.name} cannot go from ${addon.plan} to ${plan}.`, {
    fix: 'A shared database and a dedicated server are different places: create another one, copy the data and promote it.',
    command: `paas addons:create ${addon.service} --plan ${plan}`,
  })
}

export function notDestroyed({ name, reason }: AddonRecord, app: AppRecord): PaasError {
  return new PaasError('failed', 'addon.not-destroyed', `${name} could not be destroyed: ${reason}`, {
    fix: 'Destroy it by itself, and then the app again, of which nothing runs any more.',
    command: `paas addons:destroy ${name} -a ${app.name}`,
  })
}

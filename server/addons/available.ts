import type { AppRecord } from '../apps/apps.ts'
import { PaasError } from '../errors.ts'
import type { AddonRecord } from './addon-records.ts'

/** Throws `addon.busy` while something is done with it, or when that went wrong. */
export function requireAvailable(addon: AddonRecord): void {
  if (addon.state !== 'available') throw busy(addon)
}

export function busy({ name, state, reason }: AddonRecord): PaasError {
  if (state === 'failed') {
    return new PaasError('conflict', 'addon.busy', `${name} has failed: ${reason}`, {
      fix: 'Mend the cause and restart it, or destroy it.',
      command: `paas addons:restart ${name}`,
    })
  }
  return new PaasError('conflict', 'addon.busy', `${name} is ${state} just now.`, {
    fix: 'Wait until it is available.',
    command: `paas addons:info ${name}`,
  })
}

export function notAttached(addon: AddonRecord, app: AppRecord): PaasError {
  return new PaasError('conflict', 'addon.not-attached', `${addon.name} is not attached to ${app.name}.`, {
    fix: 'Attach it first, or name an app that it is attached to.',
    command: `paas addons:attach ${addon.name} -a ${app.name}`,
  })
}

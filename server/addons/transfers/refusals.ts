import { PaasError } from '../../errors.ts'
import type { AddonRecord } from '../addon-records.ts'
import { serviceNamed } from '../services.ts'

export function notConfirmed({ name }: AddonRecord): PaasError {
  const message = `${name} is not empty. All that is in it would be replaced, after a backup of it.`
  return new PaasError('conflict', 'addon.not-empty', message, {
    fix: `Confirm it with --confirm ${name}, or take a new addon.`,
    command: 'paas addons:create postgres --no-attach',
  })
}

export function busyWith({ name }: AddonRecord): PaasError {
  return new PaasError('conflict', 'transfer.busy', `${name} is being filled already.`, {
    fix: 'Wait until that has ended.',
    command: 'paas pg:transfers',
  })
}

export function noTransfers(target: AddonRecord, source?: AddonRecord): PaasError {
  const message = source
    ? `${source.name} cannot be copied to ${target.name}: they must be two databases of one kind.`
    : `Data of ${serviceNamed(target.service).title} come and go by backups alone.`
  return new PaasError('conflict', 'transfer.kind', message, { fix: 'See what there is.', command: 'paas addons' })
}

export function unknownTransfer(app: { name: string }, name: string): PaasError {
  return new PaasError('not-found', 'transfer.not-found', `${app.name} has no import, copy or fork ${name}.`, {
    fix: 'See which there are.',
    command: `paas pg:transfers -a ${app.name}`,
  })
}

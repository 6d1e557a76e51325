import { setTimeout as pause } from 'node:timers/promises'
import type { Backup, Restore } from '../server/contract/backup.ts'
import type { ChosenApp, Context } from './context.ts'
import { CliError } from './errors.ts'
import type { Step } from './progress.ts'
import { sizeText } from './size.ts'

const LOOK_MS = 500

/** Until it has ended, for whichever reason. Ctrl-C ends the waiting, not the backup. */
export async function awaitBackup(context: Context, chosen: ChosenApp, started: Backup, step: Step): Promise<Backup> {
  let backup = started
  while (backup.state === 'queued' || backup.state === 'running') {
    step(progressText(backup))
    await pause(LOOK_MS, undefined, { signal: context.signal })
    const params = { app: chosen.app, backup: backup.id }
    backup = await chosen.client.call('backups.info', { params })
  }
  if (backup.state === 'succeeded') return backup
  throw new CliError(`${backup.name} failed: ${backup.why}`, {
    command: `paas backups:info ${backup.name} -a ${chosen.app}`,
  })
}

export async function awaitProof(context: Context, chosen: ChosenApp, started: Backup): Promise<Backup> {
  let backup = started
  while (backup.proof.state === 'waiting' || backup.proof.state === 'running') {
    await pause(LOOK_MS, undefined, { signal: context.signal })
    backup = await chosen.client.call('backups.info', { params: { app: chosen.app, backup: backup.id } })
  }
  if (backup.proof.state === 'proved') return backup
  throw new CliError(`${backup.name} is not proved: ${backup.proof.why}`, {
    fix: 'Do not rely on it. Make another one.',
    command: `paas backups:create ${backup.addon} -a ${chosen.app}`,
  })
}

export async function awaitRestore(
  context: Context,
  chosen: ChosenApp,
  started: Restore,
  step?: Step,
): Promise<Restore> {
  let restore = started
  while (restore.state === 'queued' || restore.state === 'running') {
    step?.(restore.step ?? 'waiting for its turn')
    await pause(LOOK_MS, undefined, { signal: context.signal })
    restore = await chosen.client.call('restores.info', { params: { app: chosen.app, restore: restore.id } })
  }
  if (restore.state === 'succeeded') return restore
  throw new CliError(`${restore.name} failed: ${restore.why}`, { command: `paas backups -a ${chosen.app}` })
}

export function progressText({ state, progress: { bytes, percent } }: Backup): string {
  if (state === 'queued') return 'waiting for its turn'
  return percent === null ? sizeText(bytes) : `${sizeText(bytes)}, ${percent} %`
}

/** `succeeded, proved`; `running, 40 %`. */
export function stateText(backup: Backup): string {
  if (backup.state === 'succeeded') return PROOFS[backup.proof.state]
  return backup.state === 'running' ? `running, ${progressText(backup)}` : backup.state
}

const PROOFS: Record<Backup['proof']['state'], string> = {
  none: 'not proved',
  waiting: 'not proved yet',
  running: 'being proved',
  proved: 'proved',
  failed: 'NOT PROVED',
}

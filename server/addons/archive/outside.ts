import { PaasError } from '../../errors.ts'
import type { ArchiveRecord } from './archive-rows.ts'
import type { Window } from './window.ts'

/** Of an archive that goes on, what was committed just now can be had too: it is archived when it is asked for. */
export function spanOf(archive: ArchiveRecord, window: Window | undefined, now: Date): Window | undefined {
  return window && { from: window.from, to: archive.endedAt || archive.failing ? window.to : now }
}

/** In words, with every window that there is. */
export function outside(
  { app, addon, moment, now }: { app: string; addon: string; moment: Date; now: Date },
  windows: readonly Window[],
): PaasError {
  const oldestFirst = windows.toSorted((a, b) => a.from.getTime() - b.from.getTime())
  const told = oldestFirst.map(({ from, to }) => `from ${textOf(wholeSecond(from))} to ${textOf(to)}`)
  if (told.length === 0) {
    const message = `Nothing of ${addon} can be brought back yet: its first base is not whole.`
    return new PaasError('conflict', 'archive.outside', message, {
      fix: 'It is made soon after archiving was turned on. See how far it is.',
      command: `paas pg:archive ${addon} -a ${app}`,
    })
  }
  const where = moment > now ? `lies ahead: now is ${textOf(now)}` : 'is not archived'
  const message = `${textOf(moment)} ${where}. ${addon} can be brought back to any moment ${told.join(', and ')}.`
  return new PaasError('invalid', 'archive.outside', message, {
    fix: 'Choose a moment of those, or restore a backup.',
    command: `paas pg:restore ${addon} --to '${textOf(oldestFirst.at(-1)?.to ?? now)}' -a ${app}`,
  })
}

/** Never one that lies before. */
function wholeSecond(at: Date): Date {
  return new Date(Math.ceil(at.getTime() / 1_000) * 1_000)
}

function textOf(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

import type { Backup } from '../../../server/contract/backup.ts'
import { stateText } from '../../backup-wait.ts'
import { defineCommand, one } from '../../command.ts'
import { sizeText } from '../../size.ts'
import { factLines } from '../../table.ts'
import { durationText, timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show a backup: its progress, what it holds, where it lies, and whether it was proved',
  ofApp: true,
  args: { backup: one('its name, such as b001') },
  examples: [{ run: 'paas backups:info b001 -a shop' }],
  async run(context, { args: { backup } }) {
    const { app, client } = await context.app()
    const found = await client.call('backups.info', { params: { app, backup } })
    if (context.json) return context.print(found)
    for (const line of factLines(facts(found))) context.out.line(line)
  },
})

const REASONS = { manual: 'by hand', scheduled: 'by schedule', before: 'before something was destroyed' }

function facts(backup: Backup): [string, string][] {
  const { proof, startedAt, endedAt } = backup
  const counted = Object.entries(backup.facts ?? {}).map(([name, count]) => `${count} ${name}`)
  const known: [string, string | null][] = [
    ['Backup', `${backup.name}, ${backup.id}`],
    ['Of', `${backup.addon}, ${backup.kind}`],
    ['State', backup.why === null ? stateText(backup) : `${backup.state}: ${backup.why}`],
    ['Proof', proof.why ?? (proof.at === null ? null : `restored and compared ${timeText(proof.at)}`)],
    ['Made', `${REASONS[backup.reason]}, ${timeText(backup.createdAt)}`],
    ['Took', startedAt && endedAt ? durationText(Date.parse(endedAt) - Date.parse(startedAt)) : null],
    ['By', backup.tool],
    [
      'Size',
      backup.plainBytes === null ? null : `${sizeText(backup.plainBytes)}, stored ${sizeText(backup.storedBytes ?? 0)}`,
    ],
    ['Holds', counted.length === 0 ? null : counted.slice(0, 6).join(', ')],
    ['Lies in', backup.object === null ? null : `${backup.store}: ${backup.object}`],
    ['SHA-256', backup.storedSha256],
    ['Sealed for', backup.recipient],
  ]
  return known.filter((fact): fact is [string, string] => fact[1] !== null)
}

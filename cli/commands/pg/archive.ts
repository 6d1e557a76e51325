import type { Archive } from '../../../server/contract/archive.ts'
import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand } from '../../command.ts'
import { sizeText } from '../../size.ts'
import { factLines, tableLines } from '../../table.ts'
import { durationText, timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show which moments of a database can be brought back, and how its archive does',
  ofApp: true,
  args: { addon: ADDON_ARGUMENT },
  examples: [
    { run: 'paas pg:archive -a shop', shows: ['State:        on, since 2026/11/20 10:00:00 +0000'] },
    { run: "paas pg:archive -a shop --json | jq '.windows'" },
  ],
  async run(context, { args }) {
    const { app, client } = await context.app()
    const archive = await client.call('archives.info', { params: { app, addon: args.addon ?? FIRST_DATABASE } })
    if (context.json) return context.print(archive)
    for (const line of factLines(facts(archive))) context.out.line(line)
    if (archive.bases.length > 0) context.out.line('')
    const bases = archive.bases.map(({ createdAt, storedBytes, state, why, proof }) => [
      timeText(createdAt),
      storedBytes === null ? '-' : sizeText(storedBytes),
      why ?? (state === 'succeeded' ? PROOFS[proof.state] : state),
    ])
    for (const line of tableLines(['BASE', 'SIZE', 'STATE'], bases)) context.out.line(line)
    if (archive.state !== 'off') return
    if (archive.possible) context.err.line(`Turn it on: paas pg:archive:on ${archive.addon} -a ${app}`)
    else context.err.line('A database in a shared server has no archive: it needs a server of its own.')
  },
})

const PROOFS = {
  none: 'not proved',
  waiting: 'not proved yet',
  running: 'being proved',
  proved: 'proved',
  failed: 'NOT PROVED',
}

function facts(archive: Archive): [string, string][] {
  const { lag, lastSegment, since, windows } = archive
  const unproved = archive.bases.find(({ proof }) => proof.state === 'failed')
  const known: [string, string | null][] = [
    ['Addon', archive.addon],
    ['State', since === null ? archive.state : `${archive.state}, since ${timeText(since)}`],
    ['Why', archive.why],
    ['Failing since', archive.failingSince && timeText(archive.failingSince)],
    ...windows.map(({ from, to }): [string, string] => ['Any moment', `${timeText(from)} to ${timeText(to)}`]),
    ['Last segment', lastSegment && `${lastSegment.name}, ${timeText(lastSegment.at)}`],
    ['Behind', lag && `${durationText(lag.seconds * 1_000)}, ${lag.segments} segments (${sizeText(lag.bytes)}) wait`],
    ['Keeps', archive.keepDays === null ? null : `${archive.keepDays} days, a base every ${archive.baseDays} days`],
    ['Stored', archive.storedBytes > 0 ? sizeText(archive.storedBytes) : null],
    ['Last proved', archive.provedAge === null ? null : `${durationText(archive.provedAge * 1_000)} ago`],
    ['Not proved', unproved?.proof.why ?? null],
  ]
  return known.filter((fact): fact is [string, string] => fact[1] !== null)
}

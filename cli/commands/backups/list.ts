import { stateText } from '../../backup-wait.ts'
import { defineCommand } from '../../command.ts'
import { allPages } from '../../pages.ts'
import { sizeText } from '../../size.ts'
import { tableLines } from '../../table.ts'
import { durationText, timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list the backups of an app’s addons, the schedules, and how far back is sure',
  ofApp: true,
  examples: [{ run: 'paas backups -a shop' }, { run: "paas backups -a shop --json | jq '.protection'" }],
  async run(context) {
    const { app, client } = await context.app()
    const answer = await allPages((query) => client.call('backups.list', { params: { app }, query }))
    if (context.json) return context.print(answer)
    const rows = answer.items.map((backup) => [
      backup.name,
      backup.addon,
      timeText(backup.createdAt),
      backup.storedBytes === null ? '-' : sizeText(backup.storedBytes),
      stateText(backup),
    ])
    const show = (head: string[], table: string[][]) => {
      if (table.length === 0) return
      for (const line of tableLines(head, table)) context.out.line(line)
      context.out.line('')
    }
    show(['BACKUP', 'ADDON', 'MADE', 'SIZE', 'STATE'], rows)
    const restores = answer.restores.map(({ name, backup, of, moment, addon, state }) => [
      name,
      backup ?? `${of} at ${timeText(moment ?? '')}`,
      addon ?? '-',
      state,
    ])
    show(['RESTORE', 'FROM', 'INTO', 'STATE'], restores)
    const schedules = answer.schedules.map(({ addon, pattern, timezone, keep, nextAt }) => [
      addon,
      `${pattern} ${timezone}`,
      `${keep.daily}d ${keep.weekly}w ${keep.monthly}m`,
      timeText(nextAt),
    ])
    show(['SCHEDULE OF', 'AT', 'KEEPS', 'NEXT'], schedules)
    const sure = answer.protection.map(({ addon, lastProvedAt, provedAge }) => [
      addon,
      lastProvedAt === null ? 'never' : `${durationText((provedAge ?? 0) * 1_000)} ago`,
    ])
    for (const line of tableLines(['ADDON', 'LAST PROVED'], sure)) context.out.line(line)
    if (rows.length === 0) context.err.line(`Nothing is backed up. Begin: paas backups:create ADDON -a ${app}`)
    if (rows.length > 0 && answer.keyShownAt === null) {
      context.err.line('The recovery key is only on the box: without it, backups are lost with it. An owner of the box')
      context.err.line('should print it and keep it elsewhere: paas backups:key')
    }
  },
})

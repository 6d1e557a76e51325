import type { DiskSettings, DiskUsage } from '../../../server/contract/disk.ts'
import { settingKey } from '../../../server/contract/setting-forms.ts'
import { defineCommand } from '../../command.ts'
import { DISK_FORMS } from '../../disk-settings.ts'
import { sizeText } from '../../size.ts'
import { factLines, tableLines } from '../../table.ts'

const STATES = {
  ample: '',
  tight: ', which is tight: images and caches are cut down by themselves',
  full: ', which is too little: pushes are refused',
}

export const command = defineCommand({
  about: 'show what takes the disk of the box, and how much is kept',
  examples: [{ run: 'paas disk' }, { run: "paas disk --json | jq '.parts[0]'" }],
  async run(context) {
    const { client } = await context.signedIn()
    const usage = await client.call('disk.usage')
    if (context.json) return context.print(usage)
    for (const line of factLines(facts(usage))) context.out.line(line)
    context.out.line('')
    const rows = usage.parts.map(({ what, app, bytes }) => [sizeText(bytes), app ?? '-', what])
    for (const line of tableLines(['SIZE', 'APP', 'WHAT'], rows)) context.out.line(line)
    context.err.line('What could go: paas disk:plan')
  },
})

function facts({ freeBytes, totalBytes, state, settings }: DiskUsage): [string, string][] {
  const shown = Object.entries(DISK_FORMS).map(([name, form]): [string, string] => [
    name,
    form.write(settings[settingKey(name) as keyof DiskSettings]),
  ])
  return [['Free', `${sizeText(freeBytes)} of ${sizeText(totalBytes)}${STATES[state]}`], ...shown]
}

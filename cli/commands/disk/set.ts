import type { UpdateDiskSettings } from '../../../server/contract/disk.ts'
import { defineCommand, rest } from '../../command.ts'
import { DISK_FORMS } from '../../disk-settings.ts'
import { progress } from '../../progress.ts'
import { readSettings } from '../../settings.ts'

export const command = defineCommand({
  about: `set how much of the disk is kept for images and caches: ${Object.keys(DISK_FORMS).join(', ')}`,
  args: { pairs: rest('NAME=VALUE') },
  examples: [
    { run: 'paas disk:set keep-releases=3', shows: ['Setting keep-releases... done'] },
    { run: 'paas disk:set image-budget=40gb cache-budget=5gb' },
    { run: 'paas disk:set cache-budget=default' },
  ],
  async run(context, { args: { pairs } }) {
    const body = readSettings(pairs, DISK_FORMS, 'paas disk:set') as UpdateDiskSettings
    const { client } = await context.signedIn()
    const names = pairs.map((pair) => pair.slice(0, pair.indexOf('=')))
    const usage = await progress(context.err, `Setting ${names.join(', ')}`, () => client.call('disk.update', { body }))
    if (context.json) return context.print(usage)
    context.err.line('It holds from the next collection on. Collect now: paas disk:gc')
  },
})

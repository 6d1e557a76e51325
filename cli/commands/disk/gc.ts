import { defineCommand } from '../../command.ts'
import { itemRows } from '../../disk-items.ts'
import { progress } from '../../progress.ts'
import { sizeText } from '../../size.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'remove the images and the part of the build cache that disk:plan names',
  examples: [{ run: 'paas disk:gc' }],
  async run(context) {
    const { client } = await context.signedIn()
    const collected = await progress(context.err, 'Making room', () => client.call('disk.collect'))
    if (context.json) return context.print(collected)
    const rows = [...itemRows('removed', collected.removed), ...itemRows('in use', collected.left)]
    if (rows.length > 0) for (const line of tableLines(['', 'SIZE', 'APP', 'WHAT', 'WHY'], rows)) context.out.line(line)
    for (const warning of collected.warnings) context.err.line(warning)
    context.err.line(`${sizeText(collected.freeBytes)} are free.`)
  },
})

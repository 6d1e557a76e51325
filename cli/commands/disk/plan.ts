import { defineCommand } from '../../command.ts'
import { itemRows } from '../../disk-items.ts'
import { sizeText } from '../../size.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'show which images and how much of the build cache could go now, and why; removes nothing',
  examples: [{ run: 'paas disk:plan' }, { run: "paas disk:plan --json | jq '.remove[].what'" }],
  async run(context) {
    const { client } = await context.signedIn()
    const plan = await client.call('disk.plan')
    if (context.json) return context.print(plan)
    const rows = [...itemRows('remove', plan.remove), ...itemRows('keep', plan.keep)]
    for (const line of tableLines(['', 'SIZE', 'APP', 'WHAT', 'WHY'], rows)) context.out.line(line)
    for (const warning of plan.warnings) context.err.line(warning)
    if (plan.remove.length === 0) return context.err.line('Nothing could go.')
    context.err.line(`At least ${sizeText(plan.bytes)} would be freed. Remove it: paas disk:gc`)
  },
})

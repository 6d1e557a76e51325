import { defineCommand, maybe } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'list the kinds of addons with their versions and plans',
  args: { service: maybe('only this one') },
  examples: [{ run: 'paas addons:plans postgresql' }],
  async run(context, { args }) {
    const { client } = await context.signedIn()
    const { items } = await client.call('addons.plans')
    const chosen = items.filter(({ service }) => args.service === undefined || service === args.service)
    if (chosen.length === 0) throw unknown(args.service ?? '', [...new Set(items.map(({ service }) => service))])
    if (context.json) return context.print({ items: chosen, next: null })
    const rows = chosen.map(({ service, plan, about, versions }) => [service, plan, versions.join(', '), about])
    for (const line of tableLines(['SERVICE', 'PLAN', 'VERSIONS', 'WHAT'], rows)) context.out.line(line)
  },
})

function unknown(service: string, services: string[]): UsageError {
  return new UsageError(`There are no plans of ${JSON.stringify(service)}.`, {
    fix: `Choose one of ${services.join(', ')}.`,
    command: 'paas addons:plans',
  })
}

import type { AddonDetails } from '../../../server/contract/addon.ts'
import { defineCommand, one } from '../../command.ts'
import { exposedAt } from '../../exposed.ts'
import { factLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show an addon',
  ofApp: true,
  args: { addon: one('its name, or a variable such as DATABASE') },
  examples: [{ run: 'paas addons:info DATABASE -a shop' }],
  async run(context, { args }) {
    const { app, client } = await context.app()
    const addon = await client.call('addons.info', { params: { app, addon: args.addon } })
    if (context.json) return context.print(addon)
    context.out.line(`=== ${addon.name}`)
    for (const line of factLines(facts(addon))) context.out.line(line)
  },
})

function facts(addon: AddonDetails): [string, string][] {
  const attached = addon.attachments.map(({ app, variable }) => `${app}:${variable}`)
  const { exposed } = addon
  return [
    ['Service', `${addon.service} ${addon.version}, plan ${addon.plan}`],
    ['State', [addon.state, addon.step, addon.reason].filter((each) => each !== null).join(': ')],
    ...addon.conditions.map(({ words, since }): [string, string] => ['Warning', `${words} (since ${timeText(since)})`]),
    ['App', addon.app],
    ['Attached', attached.join(', ') || '-'],
    ['Exposed', exposed ? `${exposedAt(exposed)}, for ${exposed.allow.join(', ') || 'this machine'}` : 'no'],
    ['Created', timeText(addon.createdAt)],
    ...addon.facts.map(({ name, value }): [string, string] => [name, value]),
  ]
}

import type { BoxSettings } from '../../../server/contract/box-settings.ts'
import { settingKey } from '../../../server/contract/setting-forms.ts'
import { BOX_FORMS } from '../../box-settings.ts'
import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'show what an owner of the box may change, and the defaults',
  examples: [
    {
      run: 'paas box:settings',
      shows: [
        'SETTING          VALUE             DEFAULT',
        'base-domain      apps.example.com  localhost',
        'boot-timeout     60s               60s',
        '...',
      ],
    },
  ],
  async run(context) {
    const { client } = await context.signedIn()
    const answer = await client.call('box.settings')
    if (context.json) return context.print(answer)
    const shown = (name: string, settings: BoxSettings) =>
      BOX_FORMS[name]?.write(settings[settingKey(name) as keyof BoxSettings]) ?? ''
    const rows = Object.keys(BOX_FORMS).map((name) => [
      name,
      shown(name, answer.settings),
      shown(name, answer.defaults),
    ])
    for (const line of tableLines(['SETTING', 'VALUE', 'DEFAULT'], rows)) context.out.line(line)
  },
})

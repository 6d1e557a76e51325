import { buildSettingRows } from '../../build-settings.ts'
import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'show how an app is built where its files do not say so',
  ofApp: true,
  examples: [{ run: 'paas build:settings -a web', shows: ['SETTING     VALUE', 'root        apps/web', '...'] }],
  async run(context) {
    const { app, client } = await context.app()
    const answer = await client.call('build.settings', { params: { app } })
    if (context.json) return context.print(answer)
    for (const line of tableLines(['SETTING', 'VALUE'], buildSettingRows(answer.settings))) context.out.line(line)
  },
})

import { defineCommand } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'let visitors in again',
  ofApp: true,
  examples: [{ run: 'paas maintenance:off -a shop', shows: ['Disabling maintenance mode for shop... done'] }],
  async run(context) {
    const { app, client } = await context.app()
    const info = await progress(context.err, `Disabling maintenance mode for ${app}`, () =>
      client.call('apps.update', { params: { app }, body: { maintenance: false } }),
    )
    if (context.json) context.print(info)
  },
})

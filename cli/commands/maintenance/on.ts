import { defineCommand } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'show visitors a maintenance page; instances keep running',
  ofApp: true,
  examples: [{ run: 'paas maintenance:on -a shop', shows: ['Enabling maintenance mode for shop... done'] }],
  async run(context) {
    const { app, client } = await context.app()
    const info = await progress(context.err, `Enabling maintenance mode for ${app}`, () =>
      client.call('apps.update', { params: { app }, body: { maintenance: true } }),
    )
    if (context.json) context.print(info)
  },
})

import { defineCommand } from '../../command.ts'

export const command = defineCommand({
  about: 'show whether maintenance mode is on',
  ofApp: true,
  examples: [{ run: 'paas maintenance -a shop', shows: ['off'] }],
  async run(context) {
    const { app, client } = await context.app()
    const info = await client.call('apps.info', { params: { app } })
    if (context.json) return context.print(info)
    context.out.line(info.maintenance ? 'on' : 'off')
  },
})

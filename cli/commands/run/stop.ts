import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'stop a one-off instance',
  ofApp: true,
  args: { run: one('its name or ID, as paas runs lists them') },
  examples: [{ run: 'paas runs:stop run.4821 -a shop', shows: ['Stopping run.4821... done'] }],
  async run(context, { args }) {
    const { app, client } = await context.app()
    const { items } = await client.call('runs.list', { params: { app } })
    const run = items.find(({ name, state }) => name === args.run && state === 'running')?.id ?? args.run
    await progress(context.err, `Stopping ${args.run}`, () => client.call('runs.stop', { params: { app, run } }))
  },
})

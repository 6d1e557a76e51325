import { defineCommand, maybe } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'restart everything, one process type or one instance, without dropping a request',
  ofApp: true,
  args: { process: maybe('web, or web.1; left out, all') },
  examples: [
    { run: 'paas restart -a shop', shows: ['Restarting shop... done'] },
    { run: 'paas restart web.1 -a shop', shows: ['Restarting web.1 of shop... done'] },
  ],
  async run(context, { args: { process } }) {
    const { app, client } = await context.app()
    const instances = await progress(context.err, `Restarting ${process ? `${process} of ` : ''}${app}`, () =>
      client.call('instances.restart', { params: { app }, body: process === undefined ? {} : { process } }),
    )
    if (context.json) context.print(instances)
  },
})

import { defineCommand, one } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'run a cron job now; its output goes to the log',
  ofApp: true,
  args: { number: one('its number in `paas cron`, such as 1') },
  examples: [{ run: 'paas cron:run 1 -a shop', shows: ['Running cron job 1 of shop... done, cron.1'] }],
  async run(context, { args }) {
    const job = Number(/^(?:cron\.)?([1-9]\d{0,5})$/.exec(args.number)?.[1])
    if (Number.isNaN(job)) {
      throw new UsageError(`There is no cron job ${args.number}: they have numbers.`, { command: 'paas cron' })
    }
    const { app, client } = await context.app()
    const run = await progress(
      context.err,
      `Running cron job ${job} of ${app}`,
      () => client.call('cron.run', { params: { app, job } }),
      ({ name }) => `, ${name}`,
    )
    if (context.json) return context.print(run)
    context.out.line(run.name)
    context.err.line(`Its output: paas logs -t -p ${run.name} -a ${app}`)
  },
})

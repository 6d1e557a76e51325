import { defineCommand, maybe } from '../../command.ts'
import { releaseNumber } from '../../numbers.ts'
import { releaseChange } from '../../release-change.ts'

export const command = defineCommand({
  about: 'deploy an earlier release again, as a new one',
  ofApp: true,
  args: { release: maybe('its number, such as v8; left out, the last one that worked before the current') },
  examples: [
    { run: 'paas rollback v8 -a shop', shows: ['Rolling back shop to v8... done, v11'] },
    { run: 'paas rollback -a shop' },
  ],
  async run(context, { args }) {
    const to = args.release === undefined ? undefined : releaseNumber(args.release)
    const chosen = await context.app()
    const { app, client } = chosen
    const { release: before } = await client.call('apps.info', { params: { app } })
    const change = await releaseChange(
      context,
      chosen,
      `Rolling back ${app}${to === undefined ? '' : ` to v${to}`}`,
      () => client.call('releases.rollback', { params: { app }, body: to === undefined ? {} : { to } }),
    )
    if (context.json) return context.print(change)
    context.err.line('Rollback brings back code and config vars, not the data of addons.')
    if (before !== null) context.err.line(`To undo: paas rollback v${before} -a ${app}`)
  },
})

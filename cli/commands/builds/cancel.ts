import { defineCommand, maybe } from '../../command.ts'
import { buildOrNewest } from '../../newest-build.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'cancel a waiting or running build; what serves goes on serving',
  ofApp: true,
  args: { build: maybe('its ID; left out, the newest') },
  examples: [{ run: 'paas builds:cancel -a shop', shows: ['Canceling bld_01jd3... done'] }],
  async run(context, { args }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const build = await buildOrNewest(chosen, args.build)
    const canceled = await progress(context.err, `Canceling ${build}`, () =>
      client.call('builds.cancel', { params: { app, build } }),
    )
    if (context.json) context.print(canceled)
  },
})

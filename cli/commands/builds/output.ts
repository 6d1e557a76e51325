import { type BuildLine, followBuild, readBuildOutput } from '../../build-output.ts'
import { defineCommand, flag, maybe } from '../../command.ts'
import { EXIT } from '../../exit-code.ts'
import { buildOrNewest } from '../../newest-build.ts'

/** A running build has sent what it has when it is silent for so long. */
const SILENCE_MS = 500

export const command = defineCommand({
  about: 'show the output of a build',
  ofApp: true,
  args: { build: maybe('its ID; left out, the newest') },
  options: { follow: flag('-f, --follow', 'stay until it has ended; exit code 1 when it failed') },
  examples: [{ run: 'paas builds:output -a shop' }, { run: 'paas builds:output -f -a shop' }],
  async run(context, { args, options }) {
    const chosen = await context.app()
    const build = await buildOrNewest(chosen, args.build)
    const print = (line: BuildLine) => (context.json ? context.print(line) : context.out.line(line.text))
    if (options.follow) {
      const { state } = await followBuild(context, chosen, { build, print })
      return state === 'succeeded' ? EXIT.done : EXIT.failed
    }
    const { state } = await chosen.client.call('builds.info', { params: { app: chosen.app, build } })
    const ended = state !== 'running' && state !== 'queued'
    await readBuildOutput(chosen, { build, print }, ended ? { after: -1 } : { after: -1, silenceMs: SILENCE_MS })
    if (ended) return
    context.err.line(`It is still ${state}. Follow it: paas builds:output ${build} -f -a ${chosen.app}`)
  },
})

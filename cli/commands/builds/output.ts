import { defineCommand, flag, maybe } from '../../command.ts'
import type { ChosenApp, Context } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { buildOrNewest } from '../../newest-build.ts'
import { mayPass, Patience } from '../../patience.ts'

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
    if (options.follow) return follow(context, chosen, build)
    const { state } = await chosen.client.call('builds.info', { params: { app: chosen.app, build } })
    if (state !== 'running' && state !== 'queued') return void (await printLines(context, chosen, build, { after: -1 }))
    await printLines(context, chosen, build, { after: -1, silenceMs: SILENCE_MS })
    context.err.line(`It is still ${state}. Follow it: paas builds:output ${build} -f -a ${chosen.app}`)
  },
})

async function follow(context: Context, chosen: ChosenApp, build: string): Promise<number> {
  const patience = new Patience()
  const position = { after: -1 }
  for (;;) {
    try {
      await printLines(context, chosen, build, position)
      const { state } = await chosen.client.call('builds.info', { params: { app: chosen.app, build } })
      if (state === 'succeeded') return EXIT.done
      if (state === 'failed' || state === 'canceled') return EXIT.failed
    } catch (error) {
      if (!mayPass(error)) throw error
    }
    await patience.pause(context.signal)
  }
}

/** Prints the lines behind `position.after` and moves it on; ends with the stream, or with a silence. */
async function printLines(
  context: Context,
  { app, client }: ChosenApp,
  build: string,
  position: { after: number; silenceMs?: number },
): Promise<void> {
  const stop = new AbortController()
  const timer = position.silenceMs === undefined ? undefined : setTimeout(() => stop.abort(), position.silenceMs)
  try {
    for await (const line of client.stream('builds.output', { params: { app, build }, signal: stop.signal })) {
      timer?.refresh()
      if (line.n <= position.after) continue
      position.after = line.n
      if (context.json) context.print(line)
      else context.out.line(line.text)
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    clearTimeout(timer)
  }
}

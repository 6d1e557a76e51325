import type { Build } from '../server/contract/build.ts'
import type { ChosenApp, Context } from './context.ts'
import { mayPass, Patience } from './patience.ts'

export type BuildLine = { n: number; text: string }
export type BuildReading = { build: string; print: (line: BuildLine) => void }

/** Prints the output of a build until it has ended; a server that restarts meanwhile is asked again. */
export async function followBuild(context: Context, chosen: ChosenApp, reading: BuildReading): Promise<Build> {
  const patience = new Patience()
  const position = { after: -1 }
  for (;;) {
    try {
      await readBuildOutput(chosen, reading, position)
      const params = { app: chosen.app, build: reading.build }
      const build = await chosen.client.call('builds.info', { params })
      if (build.state !== 'queued' && build.state !== 'running') return build
    } catch (error) {
      if (!mayPass(error)) throw error
    }
    await patience.pause(context.signal)
  }
}

/** Prints the lines behind `position.after` and moves it on; ends with the stream, or with a silence. */
export async function readBuildOutput(
  { app, client }: ChosenApp,
  { build, print }: BuildReading,
  position: { after: number; silenceMs?: number },
): Promise<void> {
  const stop = new AbortController()
  const timer = position.silenceMs === undefined ? undefined : setTimeout(() => stop.abort(), position.silenceMs)
  try {
    for await (const line of client.stream('builds.output', { params: { app, build }, signal: stop.signal })) {
      timer?.refresh()
      if (line.n <= position.after) continue
      position.after = line.n
      print(line)
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    clearTimeout(timer)
  }
}

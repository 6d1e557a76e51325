import type { StartedBuild } from '../server/contract/build.ts'
import { followBuild } from './build-output.ts'
import type { ChosenApp, Context } from './context.ts'
import { EXIT } from './exit-code.ts'

/** So long a second Ctrl-C cancels the build that the first one left. */
const SECOND_MS = 5_000

/** Prints the output of a deploy to its end. The first Ctrl-C leaves it, a second one soon after cancels its build. */
export async function followDeploy(context: Context, chosen: ChosenApp, started: StartedBuild): Promise<number> {
  const { app, client } = chosen
  const { build, deploy } = started
  try {
    const ended = await followBuild(context, chosen, { build, print: ({ text }) => context.err.line(text) })
    if (context.json) context.print(ended)
    const { serving } = await client.call('deploys.info', { params: { app, deploy } })
    return serving ? EXIT.done : EXIT.failed
  } catch (error) {
    if (!context.signal.aborted) throw error
    return await leave(context, chosen, build)
  }
}

async function leave(context: Context, chosen: ChosenApp, build: string): Promise<number> {
  const { app } = chosen
  context.err.line(`The deploy goes on. Follow it: paas builds:output ${build} -f -a ${app}`)
  context.err.line(`To end it: Ctrl-C again within ${SECOND_MS / 1_000} s, or paas builds:cancel ${build} -a ${app}`)
  if (!(await context.again(SECOND_MS))) return EXIT.interrupted
  await context.clientFor(chosen.url, chosen.token, { lasting: true }).call('builds.cancel', { params: { app, build } })
  context.err.line(`Canceled ${build}. What was live before still is.`)
  return EXIT.interrupted
}

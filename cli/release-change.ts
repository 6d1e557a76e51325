import type { ChosenApp, Context } from './context.ts'
import { waitForDeploy } from './deploy-wait.ts'
import { progress } from './progress.ts'

type Change = { release: number | null; deploy: string | null }

/** `Setting FOO and restarting shop... done, v10`: makes a change and waits until its release serves. */
export async function releaseChange<C extends Change>(
  context: Context,
  { app, client }: ChosenApp,
  title: string,
  change: () => Promise<C>,
): Promise<C> {
  return progress(
    context.err,
    title,
    async (step) => {
      const made = await change()
      if (made.deploy !== null) await waitForDeploy(client, { app, id: made.deploy }, { signal: context.signal, step })
      return made
    },
    ({ release }) => (release === null ? '' : `, v${release}`),
  )
}

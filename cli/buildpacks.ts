import type { Client } from '../server/contract/client.ts'
import type { Context } from './context.ts'
import { progress } from './progress.ts'
import { tableLines } from './table.ts'

type Answer = { buildpacks: string[] }

/** One change of an app's list, and the list as it is then. */
export async function changeBuildpacks(
  context: Context,
  verb: string,
  change: (client: Client, params: { app: string }) => Promise<Answer>,
): Promise<void> {
  const { app, client } = await context.app()
  const answer = await progress(
    context.err,
    `${verb} of ${app}`,
    () => change(client, { app }),
    () => ', from the next build on',
  )
  if (context.json) context.print(answer)
  else showBuildpacks(context, app, answer)
}

export function showBuildpacks({ out, err }: Context, app: string, { buildpacks }: Answer): void {
  if (buildpacks.length === 0) {
    err.line(`${app} has no buildpacks set: what its files are decides.`)
    return
  }
  const rows = buildpacks.map((name, index) => [String(index + 1), name])
  for (const line of tableLines(['#', 'BUILDPACK'], rows)) out.line(line)
}

import type { CallOutput } from '../server/contract/client.ts'
import type { UpdateRouting } from '../server/contract/routing.ts'
import type { Context } from './context.ts'
import { progress } from './progress.ts'

/** One change of an app's routing, which is in force when this returns. */
export async function updateRouting(
  context: Context,
  title: (app: string) => string,
  changes: UpdateRouting,
): Promise<CallOutput<'routing.update'>> {
  const { app, client } = await context.app()
  const routing = await progress(context.err, title(app), () =>
    client.call('routing.update', { params: { app }, body: changes }),
  )
  if (context.json) context.print(routing)
  return routing
}

import type { Context } from './context.ts'
import { progress } from './progress.ts'

/** Opens psql or its like on the box, beside the app, and joins it: no port is opened anywhere. */
export async function openClient(context: Context, addon: string, words: string[]): Promise<number> {
  const { joinRun, terminalSize } = await import('./run-terminal.ts')
  const size = terminalSize(context)
  const { app, client, url } = await context.app()
  const body = { arguments: words, tty: size ?? null }
  const open = () => client.call('addons.client', { params: { app, addon }, body })
  const run = size ? await progress(context.err, `Connecting to ${addon} of ${app}`, open) : await open()
  return await joinRun(context, url, run, size !== undefined)
}

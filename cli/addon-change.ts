import type { Addon } from '../server/contract/addon.ts'
import { waitForAddon } from './addon-wait.ts'
import type { ChosenApp, Context } from './context.ts'
import { progress } from './progress.ts'

/** `Restarting postgresql-curved-12345... done`: begins a change and waits until it is made. */
export async function addonChange(
  context: Context,
  { app, client }: ChosenApp,
  title: string,
  change: () => Promise<Addon>,
): Promise<void> {
  const changed = await progress(context.err, title, async (step) => {
    const { id } = await change()
    return waitForAddon(client, { app, id }, { signal: context.signal, step })
  })
  if (context.json) context.print(changed)
}

/** `DATABASE_URL, POSTGRESQL_AMBER_URL` as the app knows it. */
export function variablesIn({ attachments }: Addon, app: string): string {
  return attachments.flatMap((each) => (each.app === app ? [each.variable] : [])).join(', ')
}

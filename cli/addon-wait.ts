import type { Addon } from '../server/contract/addon.ts'
import { ApiError, type Client } from '../server/contract/client.ts'
import { waitForDeploy } from './deploy-wait.ts'
import { CliError } from './errors.ts'
import { mayPass, Patience } from './patience.ts'
import type { Step } from './progress.ts'

type Options = { signal: AbortSignal; step: Step }

/** Follows an addon until nothing is being done with it; null: it is gone. Throws with the reason when it failed. */
export async function waitForAddon(client: Client, { app, id }: { app: string; id: string }, options: Options) {
  const patience = new Patience()
  for (;;) {
    try {
      for await (const now of client.stream('addons.watch', { params: { app, addon: id } })) {
        patience.reset()
        options.step(now.step ?? now.state)
        if (now.state === 'available') return now
        if (now.state === 'failed') throw failed(now)
      }
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 404) return null
      if (!mayPass(error)) throw error
    }
    await patience.pause(options.signal)
  }
}

/** And then until the release that brings it to its app serves. */
export async function waitForAddonInApp(client: Client, addon: Addon, options: Options): Promise<Addon> {
  const made = await waitForAddon(client, addon, options)
  if (!made) throw new CliError(`${addon.name} was destroyed meanwhile.`, { command: 'paas addons' })
  if (made.deploy !== null) await waitForDeploy(client, { app: made.app, id: made.deploy }, options)
  return made
}

function failed({ name, reason, app }: Addon): CliError {
  return new CliError(`${name} failed: ${(reason ?? 'no reason is known').replace(/[.\s]+$/, '')}.`, {
    fix: 'What it was is kept. Mend the cause and try again, or destroy it.',
    command: `paas addons:destroy ${name} -a ${app}`,
  })
}

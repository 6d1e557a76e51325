import type { Client } from '../server/contract/client.ts'
import type { Deploy } from '../server/contract/release.ts'
import { CliError } from './errors.ts'
import { mayPass, Patience } from './patience.ts'
import type { Step } from './progress.ts'

/** How long a box may be away in the middle of a deploy: it restarts, takes the deploy up again and answers. */
export const BOX_AWAY_MS = 120_000

/**
 * Follows a deploy until the new release serves; what goes on behind it is not waited for. Throws with the reason when
 * it failed. A server that restarts meanwhile is asked again.
 */
export async function waitForDeploy(
  client: Client,
  deploy: { app: string; id: string },
  options: { signal: AbortSignal; step: Step },
): Promise<Deploy> {
  const patience = new Patience()
  let lastHeard = Date.now()
  for (;;) {
    try {
      for await (const now of client.stream('deploys.watch', { params: { app: deploy.app, deploy: deploy.id } })) {
        lastHeard = Date.now()
        patience.reset()
        options.step(now.state)
        if (now.serving || now.final) return settled(now)
      }
    } catch (error) {
      if (!mayPass(error) || Date.now() - lastHeard > BOX_AWAY_MS) throw error
    }
    await patience.pause(options.signal)
  }
}

function settled(deploy: Deploy): Deploy {
  if (deploy.serving || deploy.state === 'live') return deploy
  const release = deploy.release === null ? 'The deploy' : `Release v${deploy.release}`
  if (deploy.state === 'superseded') {
    throw new CliError(`${release} was overtaken by a newer deploy before it served.`, {
      fix: 'The newer one has this change too; see how it went.',
      command: `paas releases -a ${deploy.app}`,
    })
  }
  if (deploy.state === 'canceled')
    throw new CliError(`${release} was canceled${reason(deploy)}.`, { command: `paas releases -a ${deploy.app}` })
  throw new CliError(`${release} failed${reason(deploy)}.`, {
    fix: 'What served before still serves.',
    command: `paas logs -a ${deploy.app} -n 100`,
  })
}

function reason({ reason }: Deploy): string {
  return reason ? `: ${reason.replace(/[.\s]+$/, '')}` : ''
}

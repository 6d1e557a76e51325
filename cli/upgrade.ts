import type { Addon } from '../server/contract/addon.ts'
import { FIRST_DATABASE } from './addon-report.ts'
import { waitForAddonInApp } from './addon-wait.ts'
import type { ChosenApp, Context } from './context.ts'
import { CliError } from './errors.ts'
import { progress } from './progress.ts'

const MAX_NAME = 48
const ENDING = '-next'
/** What a rehearsal that went well begins with. */
const REHEARSED = 'rehearsed: '

/** `postgresql-curved-12345-next`, where pg:upgrade:prepare makes room. */
export function nextName(name: string): string {
  return name.slice(0, MAX_NAME - ENDING.length) + ENDING
}

type Move = { addon: string | undefined; to: string | undefined; rehearse: boolean; confirm?: string | undefined }

/** Moves it, or rehearses that, and follows it to its end. Throws why it was given up; then all is as it was. */
export async function move(context: Context, chosen: ChosenApp, wish: Move): Promise<{ moved: Addon; said: string }> {
  const { app, client } = chosen
  const wanted = wish.addon ?? FIRST_DATABASE
  const { name } = await client.call('addons.info', { params: { app, addon: wanted } })
  const body = { to: wish.to ?? nextName(name), rehearse: wish.rehearse, confirm: wish.confirm }
  const title = `${wish.rehearse ? 'Rehearsing the move of' : 'Moving'} ${wanted} to ${body.to}`
  const moved = await progress(context.err, title, async (step) => {
    const begun = await client.call('addons.upgrade', { params: { app, addon: name }, body })
    const ended = await waitForAddonInApp(client, begun, { signal: context.signal, step })
    if (wish.rehearse ? ended.reason?.startsWith(REHEARSED) : ended.reason === null) return ended
    throw new CliError(ended.reason ?? 'It did not come about.', {
      fix: 'All is as it was. Mend the cause, and rehearse it.',
      command: `paas pg:upgrade:dryrun ${name} -a ${app}`,
    })
  })
  return { moved, said: moved.reason?.slice(REHEARSED.length) ?? '' }
}

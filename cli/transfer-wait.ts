import { setTimeout as pause } from 'node:timers/promises'
import type { Transfer } from '../server/contract/transfer.ts'
import type { ChosenApp, Context } from './context.ts'
import { CliError } from './errors.ts'
import { progress, type Step } from './progress.ts'
import { sizeText } from './size.ts'

const LOOK_MS = 300

/** Begins one and follows it to its end. Ctrl-C ends the waiting, not what the box does. */
export async function transfer(
  context: Context,
  chosen: ChosenApp,
  title: string,
  begin: () => Promise<Transfer>,
): Promise<Transfer> {
  const ended = await progress(
    context.err,
    title,
    async (step) => await awaitTransfer(context, chosen, await begin(), step),
    ({ addon, bytes, backup }) =>
      `, ${sizeText(bytes)} in ${addon}${backup === null ? '' : `; it was backed up as ${backup}`}`,
  )
  if (context.json) context.print(ended)
  return ended
}

async function awaitTransfer(context: Context, chosen: ChosenApp, started: Transfer, step: Step): Promise<Transfer> {
  const { app, client } = chosen
  let now = started
  while (now.state === 'running') {
    step(`${now.step ?? 'beginning'}${now.bytes === 0 ? '' : `, ${sizeText(now.bytes)}`}`)
    await pause(LOOK_MS, undefined, { signal: context.signal })
    now = await client.call('transfers.info', { params: { app, transfer: now.id } })
  }
  if (now.state === 'succeeded') return now
  throw new CliError(`${now.name} failed: ${now.why}`, {
    fix: 'The database is as it was.',
    command: `paas pg:transfers -a ${app}`,
  })
}

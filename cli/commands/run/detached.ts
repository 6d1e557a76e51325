import { defineCommand, list, rest } from '../../command.ts'
import type { Context } from '../../context.ts'
import { progress } from '../../progress.ts'
import { appOfRun, runRequest } from '../../run-request.ts'

export const command = defineCommand({
  about: 'run a command in the background; its output goes to the log',
  ofApp: true,
  passThrough: true,
  args: { command: rest('one word goes to a shell there; several are a program and its arguments') },
  options: { env: list('-e, --env <NAME=VALUE>', 'a variable for this run only; may be repeated') },
  examples: [
    { run: 'paas run:detached -a shop -- node import.js', shows: ['Running node import.js on shop... done, run.4821'] },
  ],
  run: (context, { args, options }) => startDetached(context, args.command, options.env),
})

export async function startDetached(context: Context, words: string[], env: string[]): Promise<void> {
  const body = runRequest(words, env, { tty: null, detached: true })
  const { app, client } = await appOfRun(context, words)
  const run = await progress(
    context.err,
    `Running ${words.join(' ')} on ${app}`,
    () => client.call('runs.create', { params: { app }, body }),
    ({ name }) => `, ${name}`,
  )
  if (context.json) return context.print(run)
  context.out.line(run.name)
  context.err.line(`Its output: paas logs -t -p ${run.name} -a ${app}`)
}

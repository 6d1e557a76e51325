import { defineCommand, flag, list, rest } from '../../command.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../errors.ts'
import { EXIT } from '../../exit-code.ts'
import { progress } from '../../progress.ts'
import { appOfRun, runRequest } from '../../run-request.ts'
import { startDetached } from './detached.ts'

export const command = defineCommand({
  about: 'run a command in a one-off instance of the current release; options come before it',
  ofApp: true,
  passThrough: true,
  args: { command: rest('one word goes to a shell there; several are a program and its arguments') },
  options: {
    detached: flag('-d, --detached', 'do not wait for it; its output goes to the log'),
    env: list('-e, --env <NAME=VALUE>', 'a variable for this run only; may be repeated'),
    tty: flag('--no-tty', 'no terminal there, even where this is one'),
  },
  examples: [
    { run: 'paas run -a shop bash' },
    { run: 'paas run -a shop -- node --version', shows: ['v24.21.0'] },
    { run: 'paas run -a shop "ls -l | wc -l"' },
    { run: 'pg_dump mydb | paas run -a shop -- sh -c "cat > /tmp/dump"' },
  ],
  async run(context, { args, options }) {
    if (options.detached) {
      await startDetached(context, args.command, options.env)
      return EXIT.done
    }
    if (context.json) {
      throw new UsageError('The output belongs to the command, so there is no --json here.', {
        command: 'paas run:detached --json COMMAND',
      })
    }
    return attach(context, args.command, { env: options.env, wantsTty: options.tty })
  },
})

async function attach(
  context: Context,
  words: string[],
  { env, wantsTty }: { env: string[]; wantsTty: boolean },
): Promise<number> {
  const { joinRun, terminalSize } = await import('../../run-terminal.ts')
  const size = wantsTty ? terminalSize(context) : undefined
  const body = runRequest(words, env, { tty: size ?? null, detached: false })
  const { app, client, url } = await appOfRun(context, words)
  const create = () => client.call('runs.create', { params: { app }, body })
  const title = `Running ${words.join(' ')} on ${app}`
  const run = size ? await progress(context.err, title, create, ({ name }) => `, ${name}`) : await create()
  return await joinRun(context, url, run, size !== undefined)
}

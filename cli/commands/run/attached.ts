import { defineCommand, flag, list, rest } from '../../command.ts'
import { EXIT } from '../../exit-code.ts'
import { attached, refuseJson, wantedTerminal } from '../../run-attached.ts'
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
    refuseJson(context, 'paas run:detached --json COMMAND')
    const { command: words } = args
    const tty = await wantedTerminal(context, options.tty)
    const body = runRequest(words, options.env, { tty, detached: false })
    const { app, client, url } = await appOfRun(context, words)
    return await attached(context, {
      ...{ url, tty, title: `Running ${words.join(' ')} on ${app}` },
      start: () => client.call('runs.create', { params: { app }, body }),
    })
  },
})

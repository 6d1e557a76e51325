import { defineCommand, flag, rest, value } from '../../command.ts'
import { attached, refuseJson, wantedTerminal } from '../../run-attached.ts'
import { appOfRun } from '../../run-request.ts'

export const command = defineCommand({
  about: 'run a command inside an instance that serves; options come before it',
  ofApp: true,
  passThrough: true,
  args: {
    command: rest('a shell unless given; one word goes to a shell there, several are a program and its arguments'),
  },
  options: {
    instance: value('-i, --instance <web.1>', 'in this one; else in one of web, or any that runs'),
    tty: flag('--no-tty', 'no terminal there, even where this is one'),
  },
  examples: [
    { run: 'paas exec -a shop' },
    { run: 'paas exec -a shop -i worker.2 -- ps aux' },
    { run: 'paas exec -a shop "cat /proc/meminfo | head -1"', shows: ['MemTotal:        4023552 kB'] },
  ],
  async run(context, { args: { command: words }, options }) {
    refuseJson(context, 'paas ps --json')
    const tty = await wantedTerminal(context, options.tty)
    const { app, client, url } = await appOfRun(context, words, 'exec')
    const body = {
      tty,
      ...(words.length > 0 ? { command: words } : {}),
      ...(options.instance === undefined ? {} : { instance: options.instance }),
    }
    const what = words.length > 0 ? words.join(' ') : 'a shell'
    return await attached(context, {
      ...{ url, tty, title: `Running ${what} inside ${options.instance ? `${options.instance} of ` : ''}${app}` },
      start: () => client.call('runs.exec', { params: { app }, body }),
    })
  },
})

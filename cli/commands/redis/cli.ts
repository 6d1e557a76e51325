import { openClient } from '../../addon-client.ts'
import { defineCommand, rest } from '../../command.ts'

export const command = defineCommand({
  about: 'open redis-cli on the Redis of an app, or run one command',
  ofApp: true,
  passThrough: true,
  args: { command: rest('a command and its arguments, for the REDIS of the app') },
  examples: [{ run: 'paas redis:cli -a shop' }, { run: 'paas redis:cli -a shop INFO memory' }],
  run: (context, { args }) => openClient(context, 'REDIS', args.command),
})

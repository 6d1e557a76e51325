import { openClient } from '../../addon-client.ts'
import { defineCommand, maybe, value } from '../../command.ts'

export const command = defineCommand({
  about: 'open psql on a database of the app, or run one statement or a file through it',
  ofApp: true,
  args: { addon: maybe('its name, or a variable; DATABASE when left out') },
  options: { command: value('-c, --command <SQL>', 'one statement; psql reads standard input without it') },
  examples: [
    { run: 'paas pg:psql -a shop' },
    { run: 'paas pg:psql -a shop -c "SELECT count(*) FROM orders"' },
    { run: 'paas pg:psql -a shop < schema.sql' },
  ],
  run: (context, { args, options }) =>
    openClient(context, args.addon ?? 'DATABASE', options.command === undefined ? [] : ['-c', options.command]),
})

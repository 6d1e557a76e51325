import { openClient } from '../../addon-client.ts'
import { defineCommand, maybe, value } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CliError } from '../../errors.ts'

export const command = defineCommand({
  about: 'open the client of a MariaDB of the app, or run one statement or a file through it',
  ofApp: true,
  args: { addon: maybe('its name, or a variable; the MariaDB of the app when left out') },
  options: { execute: value('-e, --execute <SQL>', 'one statement; the client reads standard input without it') },
  examples: [
    { run: 'paas mysql:cli -a shop' },
    { run: 'paas mysql:cli -a shop -e "SELECT count(*) FROM orders"' },
    { run: 'paas mysql:cli -a shop < schema.sql' },
  ],
  async run(context, { args, options }) {
    const addon = args.addon ?? (await onlyMariadb(context))
    return await openClient(context, addon, options.execute === undefined ? [] : [`--execute=${options.execute}`])
  },
})

/** DATABASE may be a Postgres of the same app. */
async function onlyMariadb(context: Context): Promise<string> {
  const { app, client } = await context.app()
  const { items } = await client.call('addons.list', { params: { app } })
  const [first, ...others] = items.filter(({ service }) => service === 'mariadb')
  if (first && others.length === 0) return first.name
  throw first
    ? new CliError(`${app} has several: ${[first, ...others].map(({ name }) => name).join(', ')}.`, {
        command: `paas mysql:cli ${first.name} -a ${app}`,
      })
    : new CliError(`${app} has no MariaDB.`, { command: `paas addons:create mysql -a ${app}` })
}

import type { Client } from 'pg'
import type { Endpoint } from '../../engine/engine.ts'
import type { Database, Login, ServerAccess } from '../addon-service.ts'
import { fedText } from './beside.ts'
import { FOLLOW } from './publisher.ts'
import { ownerOf, quoted } from './roles.ts'
import { session } from './session.ts'
import { unhurry } from './unhurried.ts'

/** From this version on a subscription of somebody who is no superuser may sign in without its password in the catalog. */
const ASKS_FOR_PASSWORDS = 160_000

/** Prints where it has put what it was given. Beside the cluster, where only the server's own account reads. */
const KEEP = `set -eu; umask 077; cd "$PAAS_DATA_DIRECTORY"
rm -f follow.pass
cat > follow.pass
[ "$(id -u)" != 0 ] || chown --reference=cluster follow.pass
printf %s "$PAAS_DATA_DIRECTORY/follow.pass"`
const FORGET = 'rm -f "$PAAS_DATA_DIRECTORY/follow.pass"'

/**
 * The password is in a file, so that no statement, log or catalog has it. What comes in is written by an account that may do
 * what the owner may and no more: defaults, checks and indexes of tables run code of apps.
 */
export async function subscribe(to: ServerAccess, { name }: Database, at: Endpoint, login: Login, tls: boolean) {
  const passfile = await fedText(to, KEEP, `*:*:*:${login.user}:${login.password}\n`)
  // In a home directory that the server may not read, libpq would look for certificates.
  const own = { passfile, sslcert: `${passfile}.none`, sslrootcert: `${passfile}.none` }
  const way = { ...at, dbname: name, user: login.user, ...own, sslmode: tls ? 'require' : 'prefer' }
  await session(to, name, async (client) => {
    await client.query(QUIET)
    const user = quoted(login.user)
    await client.query(`CREATE ROLE ${user} LOGIN SUPERUSER`)
    await client.query(`GRANT ${quoted(ownerOf(name))} TO ${user}`)
    await unhurry(client, login.user, name)
    const { rows } = await client.query<{ n: number }>(`SELECT current_setting('server_version_num')::int AS n`)
    const unasked = (rows[0]?.n ?? 0) >= ASKS_FOR_PASSWORDS ? ', password_required = false' : ''
    await client.query(
      `CREATE SUBSCRIPTION ${FOLLOW} CONNECTION ${client.escapeLiteral(connectionText(way))} PUBLICATION ${FOLLOW}
       WITH (enabled = false, slot_name = ${client.escapeLiteral(`${FOLLOW}_${name}`)}, streaming = on${unasked})`,
    )
    // Older servers give it to superusers only, and go by what the owner may when it works.
    await client.query(`ALTER SUBSCRIPTION ${FOLLOW} OWNER TO ${user}`)
    await client.query(`ALTER ROLE ${user} NOSUPERUSER`)
    await client.query(`ALTER SUBSCRIPTION ${FOLLOW} ENABLE`)
  })
}

/** The slot stays: who has the other server drops it. */
export async function unsubscribe(client: Client): Promise<void> {
  const { rowCount } = await client.query(MINE)
  if (rowCount === 0) return
  await client.query(`ALTER SUBSCRIPTION ${FOLLOW} DISABLE`)
  await client.query(`ALTER SUBSCRIPTION ${FOLLOW} SET (slot_name = NONE)`)
  await client.query(`DROP SUBSCRIPTION ${FOLLOW}`)
}

export async function forgetPassword(access: ServerAccess): Promise<void> {
  await fedText(access, FORGET, '')
}

export const MINE = `SELECT s.oid FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
  WHERE d.datname = current_database() AND s.subname = '${FOLLOW}'`

const QUIET = `SET log_statement = 'none'; SET log_min_duration_statement = -1`

/** libpq's `key='value'`; in values, quotes and backslashes are written behind a backslash. */
function connectionText(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}='${String(value).replace(/['\\]/g, '\\$&')}'`)
    .join(' ')
}

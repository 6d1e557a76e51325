import type { Client } from 'pg'
import type { Database, ServerAccess } from '../addon-service.ts'
import { changeExtension, needsPlatform } from './extensions.ts'
import { createDatabase, dropDatabase, ownerOf, quoted } from './roles.ts'
import { session } from './session.ts'
import { changeSettings, isSettable } from './settings.ts'

/**
 * From now on these logins can read and nothing else, for good: they act as the owner no more, so that no setting of a session
 * brings it back. Sessions are ended. What they made under their own names passes to the owner. Idempotent.
 */
export async function stopWrites(access: ServerAccess, { name }: Database, users: readonly string[]): Promise<void> {
  const [database, owner] = [quoted(name), quoted(ownerOf(name))]
  await session(access, name, async (client) => {
    for (const user of users.map(quoted)) {
      await client.query(`REASSIGN OWNED BY ${user} TO ${owner}`)
      await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${user}`)
      await client.query(`GRANT pg_read_all_data TO ${user}`)
      await client.query(`ALTER ROLE ${user} IN DATABASE ${database} RESET role`)
      await client.query(`ALTER ROLE ${user} IN DATABASE ${database} SET default_transaction_read_only = on`)
      await client.query(`REVOKE ${owner} FROM ${user}`)
    }
    await endAll(client, users)
  })
}

/** As it was before. Idempotent: where they may write, no session is ended. */
export async function allowWrites(access: ServerAccess, { name }: Database, users: readonly string[]): Promise<void> {
  const [database, owner] = [quoted(name), quoted(ownerOf(name))]
  await session(access, name, async (client) => {
    const stopped = (await client.query<{ user: string }>(STOPPED, [users, ownerOf(name)])).rows.map(({ user }) => user)
    for (const user of stopped.map(quoted)) {
      await client.query(`GRANT ${owner} TO ${user}`)
      await client.query(`ALTER ROLE ${user} IN DATABASE ${database} SET role = ${owner}`)
      await client.query(`ALTER ROLE ${user} IN DATABASE ${database} RESET default_transaction_read_only`)
      await client.query(`REVOKE pg_read_all_data FROM ${user}`)
      await client.query(`REVOKE CONNECT ON DATABASE ${database} FROM ${user}`)
    }
    await endAll(client, stopped)
  })
}

/** Whoever has what the last step of allowWrites takes away. */
const STOPPED = `SELECT rolname AS user FROM pg_roles WHERE rolname = ANY($1) AND (NOT pg_has_role(oid, $2, 'MEMBER') OR EXISTS (
  SELECT FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = current_database() AND a.grantee = pg_roles.oid))`

/** An empty database of the same name in another server, with the settings and those extensions that an owner could not add. */
export async function makeRoom(from: ServerAccess, to: ServerAccess, database: Database): Promise<void> {
  await dropDatabase(to, database)
  await createDatabase(to, database)
  const { extensions, settings } = await session(from, database.name, async (client) => ({
    extensions: (await client.query<{ name: string }>('SELECT extname AS name FROM pg_extension')).rows,
    settings: (await client.query<Setting>(SETTINGS)).rows,
  }))
  for (const { name } of extensions) if (needsPlatform(name)) await changeExtension(to, database, name, 'added')
  const known = settings.filter(({ name }) => isSettable(name))
  if (known.length > 0)
    await changeSettings(to, database, Object.fromEntries(known.map(({ name, value }) => [name, value])))
  await session(to, database.name, async (client) => {
    for (const each of settings) if (!known.includes(each)) await setByOwner(client, database, each)
  })
}

/** What the owner has set with SQL: as it is kept, be it a list, and with what the owner may. Who acts as whom is not among it. */
async function setByOwner(client: Client, { name: database }: Database, { name, value }: Setting): Promise<void> {
  await client.query(`BEGIN; SET LOCAL ROLE ${quoted(ownerOf(database))}`)
  await client.query('SELECT pg_catalog.set_config($1, $2, true)', [name, value])
  const parts = name.split('.').map(quoted).join('.')
  await client.query(`ALTER DATABASE ${quoted(database)} SET ${parts} FROM CURRENT; COMMIT`)
}

type Setting = { name: string; value: string }

const SETTINGS = `SELECT split_part(entry, '=', 1) AS name, substr(entry, strpos(entry, '=') + 1) AS value
  FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS entry
  WHERE d.datname = current_database() AND s.setrole = 0 AND split_part(entry, '=', 1) NOT IN ('role', 'session_authorization')`

async function endAll(client: Client, users: readonly string[]): Promise<void> {
  await client.query('SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename = ANY($1)', [users])
}

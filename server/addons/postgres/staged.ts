import type { Client } from 'pg'
import type { Database, ServerAccess } from '../addon-service.ts'
import { createDatabase, dropDatabase, ownerOf, quoted } from './roles.ts'
import { session } from './session.ts'

/** Until the last session has gone: a client that was told to end, or a vacuum. */
const TRIES = 20

const OF_USERS = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'`
const USERS_THINGS = `SELECT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${OF_USERS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
  ) OR EXISTS (
    SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE ${OF_USERS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  ) OR EXISTS (SELECT FROM pg_largeobject_metadata) AS found`

/** Whether nothing of anybody's is in it; what extensions brought does not count. */
export async function isEmpty(access: ServerAccess, { name }: Database): Promise<boolean> {
  return await session(access, name, async (client) => {
    const { rows } = await client.query<{ found: boolean }>(USERS_THINGS)
    return rows[0]?.found === false
  })
}

/** A database beside it that nobody knows, to be filled; what an earlier attempt has left is removed first. */
export async function stage(access: ServerAccess, database: Database): Promise<Database> {
  await discardStaged(access, database)
  const staged = { name: stagedName(database), connections: database.connections }
  await createDatabase(access, staged)
  return staged
}

/** Also of one that has taken the place of the other. Idempotent. */
export async function discardStaged(access: ServerAccess, database: Database): Promise<void> {
  await session(access, 'postgres', (client) =>
    client.query(`DROP DATABASE IF EXISTS ${quoted(formerName(database))} WITH (FORCE)`),
  )
  await dropDatabase(access, { name: stagedName(database), connections: 0 })
}

/**
 * Puts what was filled in the place of the database, under its name and with its owner, logins and settings, in one
 * transaction; sessions of the former are ended, and so are its data. Whoever signs in next is in the new one.
 */
export async function takePlace(access: ServerAccess, database: Database): Promise<void> {
  const staged = stagedName(database)
  const [from, to] = [quoted(ownerOf(staged)), quoted(ownerOf(database.name))]
  await session(access, staged, async (client) => {
    await client.query(`REASSIGN OWNED BY ${from} TO ${to}`)
    await client.query(`DROP OWNED BY ${from}`)
  })
  await session(access, 'postgres', async (client) => {
    await client.query(`ALTER DATABASE ${quoted(database.name)} WITH ALLOW_CONNECTIONS false`)
    try {
      await rename(client, database)
    } catch (error) {
      await client.query(`ALTER DATABASE ${quoted(database.name)} WITH ALLOW_CONNECTIONS true`)
      throw error
    }
  })
  await discardStaged(access, database)
}

/** Settings, also those that make logins act as the owner, are kept under the number of a database: they are copied there. */
async function rename(client: Client, database: Database): Promise<void> {
  const names = [database.name, stagedName(database)]
  for (let tries = 1; ; tries += 1) {
    await client.query('SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = ANY($1)', [names])
    try {
      await client.query('BEGIN')
      await client.query(
        `INSERT INTO pg_db_role_setting (setdatabase, setrole, setconfig)
         SELECT fresh.oid, s.setrole, s.setconfig FROM pg_db_role_setting s
         JOIN pg_database former ON former.oid = s.setdatabase AND former.datname = $1
         JOIN pg_database fresh ON fresh.datname = $2`,
        names,
      )
      await client.query(`ALTER DATABASE ${quoted(database.name)} RENAME TO ${quoted(formerName(database))}`)
      await client.query(`ALTER DATABASE ${quoted(stagedName(database))} RENAME TO ${quoted(database.name)}`)
      await client.query('COMMIT')
      return
    } catch (error) {
      await client.query('ROLLBACK')
      if (tries === TRIES || !isInUse(error)) throw error
    }
  }
}

/** SQLSTATE object_in_use. */
function isInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55006'
}

function stagedName({ name }: Database): string {
  return `${name}_next`
}

function formerName({ name }: Database): string {
  return `${name}_former`
}

import type { Client } from 'pg'
import type { Database, Login, ServerAccess } from '../addon-service.ts'
import { newPassword } from '../credentials.ts'
import { scramVerifier } from '../scram.ts'
import { session } from './session.ts'

/** SQLSTATEs: somebody made it at the same time, or it is there from an interrupted attempt. */
const EXISTS = ['42710', '42P04', '23505']

/**
 * A database that belongs to a role nobody signs in as. Every login of it acts as that role, so that what one app makes the
 * other may use, and what a login made outlives it. Nobody else may even connect.
 */
export async function createDatabase(access: ServerAccess, { name }: Database): Promise<void> {
  const owner = ownerOf(name)
  await session(access, 'postgres', async (client) => {
    await unlessThere(client, `CREATE ROLE ${quoted(owner)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE`)
    await unlessThere(client, `CREATE DATABASE ${quoted(name)} OWNER ${quoted(owner)}`)
    await client.query(`REVOKE ALL ON DATABASE ${quoted(name)} FROM PUBLIC`)
  })
}

export async function putCredential(access: ServerAccess, database: Database, login: Login): Promise<void> {
  const owner = ownerOf(database.name)
  const user = quoted(login.user)
  await session(access, 'postgres', async (client) => {
    await unlessThere(client, `CREATE ROLE ${user} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE IN ROLE ${quoted(owner)}`)
    const verifier = scramVerifier(login.password)
    await client.query(`ALTER ROLE ${user} CONNECTION LIMIT ${database.connections} PASSWORD '${verifier}'`)
    await client.query(`ALTER ROLE ${user} IN DATABASE ${quoted(database.name)} SET role = ${quoted(owner)}`)
  })
}

/** New connections are refused before the old ones are ended; what it made under its own name passes to the owner. */
export async function dropCredential(access: ServerAccess, { name }: Database, login: string): Promise<void> {
  const user = quoted(login)
  await session(access, name, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login])
    if (rowCount === 0) return
    await client.query(`ALTER ROLE ${user} NOLOGIN`)
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [login])
    await client.query(`REASSIGN OWNED BY ${user} TO ${quoted(ownerOf(name))}`)
    await client.query(`DROP OWNED BY ${user}`)
    await client.query(`DROP ROLE ${user}`)
  })
}

/** Signs in as the database's apps do, for as long as `work` takes: with what the owner may, and nothing more. */
export async function asOwner<T>(
  access: ServerAccess,
  database: Database,
  work: (login: Login) => Promise<T>,
): Promise<T> {
  const login = { user: `${database.name}_guest`, password: newPassword() }
  await dropCredential(access, database, login.user)
  await putCredential(access, database, login)
  try {
    return await work(login)
  } finally {
    await dropCredential(access, database, login.user)
  }
}

export async function dropDatabase(access: ServerAccess, { name }: Database): Promise<void> {
  await session(access, 'postgres', async (client) => {
    const { rows } = await client.query<{ member: string }>(
      `SELECT m.rolname AS member FROM pg_auth_members a
       JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member WHERE r.rolname = $1`,
      [ownerOf(name)],
    )
    await client.query(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`)
    for (const { member } of rows) await client.query(`DROP ROLE IF EXISTS ${quoted(member)}`)
    await client.query(`DROP ROLE IF EXISTS ${quoted(ownerOf(name))}`)
  })
}

export function ownerOf(database: string): string {
  return `${database}_owner`
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

async function unlessThere(client: Client, sql: string): Promise<void> {
  try {
    await client.query(sql)
  } catch (error) {
    const state = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!EXISTS.includes(state)) throw error
  }
}

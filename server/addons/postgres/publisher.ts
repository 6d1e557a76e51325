import type { Client } from 'pg'
import type { Database, Login, ServerAccess } from '../addon-service.ts'
import { scramVerifier } from '../scram.ts'
import { TABLES_OF_APPS } from './count.ts'
import { IDENTITY_LESS } from './obstacles.ts'
import { quoted } from './roles.ts'
import { session } from './session.ts'
import { unhurry } from './unhurried.ts'

/** Of the publication and of the subscription; the slot has the name of the database behind it. */
export const FOLLOW = 'paas_upgrade'
/** A table that somebody holds is tried again; who waits for it behind us waits no longer than this. */
const LOCK_MS = 500
const TRIES = 20
/** SQLSTATE: the lock was not to be had in time. */
const LOCKED = '55P03'
/** Until a sender that was told to end has gone. */
const DROP_TRIES = 40
/** SQLSTATE object_in_use. */
const IN_USE = '55006'

type Identity = { table: string; identity: 'd' | 'n' | 'i' }

/** The account that the new server signs in with: it reads, whatever rows are hidden from whom, and changes nothing. */
export async function admitFollower(access: ServerAccess, { name }: Database, login: Login): Promise<void> {
  const user = quoted(login.user)
  await session(access, name, async (client) => {
    const verifier = scramVerifier(login.password)
    await client.query(`CREATE ROLE ${user} LOGIN REPLICATION BYPASSRLS CONNECTION LIMIT 10 PASSWORD '${verifier}'`)
    await client.query(`GRANT pg_read_all_data TO ${user}`)
    await client.query(`GRANT CONNECT ON DATABASE ${quoted(name)} TO ${user}`)
    await unhurry(client, login.user, name)
  })
}

/**
 * Every table of apps. One by whose rows a change could not be told from others tells whole rows for so long; what it had
 * before is written on the publication, which comes and goes in one transaction with it.
 */
export async function publish(access: ServerAccess, { name }: Database): Promise<void> {
  await session(access, name, async (client) => {
    await patiently(client, async () => {
      const tables = await client.query<{ name: string }>(
        `SELECT format('%I.%I', n.nspname, c.relname) AS name ${TABLES_OF_APPS} ORDER BY 1`,
      )
      const changed = (await client.query<Identity>(IDENTITY_LESS)).rows
      for (const { table } of changed) await client.query(`ALTER TABLE ONLY ${table} REPLICA IDENTITY FULL`)
      const list = tables.rows.map((table) => `ONLY ${table.name}`).join(', ')
      await client.query(`DROP PUBLICATION IF EXISTS ${FOLLOW}`)
      await client.query(`CREATE PUBLICATION ${FOLLOW}${list === '' ? '' : ` FOR TABLE ${list}`}`)
      await client.query(`COMMENT ON PUBLICATION ${FOLLOW} IS ${client.escapeLiteral(JSON.stringify(changed))}`)
    })
  })
}

/** Changes are kept for nobody any more, and tables are as they were. */
export async function unpublish(client: Client, database: Database): Promise<void> {
  await dropSlots(client, database)
  const found = await client.query<{ comment: string | null }>(
    `SELECT obj_description(oid, 'pg_publication') AS comment FROM pg_publication WHERE pubname = $1 AND pubowner = 'postgres'::regrole`,
    [FOLLOW],
  )
  const [publication] = found.rows
  if (!publication) return
  await patiently(client, async () => {
    for (const { table, identity } of identities(publication.comment)) {
      const word = identity === 'n' ? 'NOTHING' : 'DEFAULT'
      await client.query(`ALTER TABLE IF EXISTS ONLY ${table} REPLICA IDENTITY ${word}`)
    }
    await client.query(`DROP PUBLICATION ${FOLLOW}`)
  })
}

/** Apps cannot make slots: all of the database are ours, also those that a table was copied by. */
async function dropSlots(client: Client, { name }: Database): Promise<void> {
  for (let left = DROP_TRIES; ; left -= 1) {
    const slots = await client.query<{ slot: string }>(
      `SELECT slot_name AS slot, pg_terminate_backend(active_pid, 500) FROM pg_replication_slots WHERE database = $1`,
      [name],
    )
    try {
      for (const { slot } of slots.rows) await client.query('SELECT pg_drop_replication_slot($1)', [slot])
      return
    } catch (error) {
      if (left === 1 || !(error instanceof Error && 'code' in error && error.code === IN_USE)) throw error
    }
  }
}

/** One transaction. Nobody stands long in the queue that forms behind a lock that is waited for. */
async function patiently(client: Client, work: () => Promise<void>): Promise<void> {
  for (let left = TRIES; ; left -= 1) {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_MS}; SET LOCAL log_statement = 'none'`)
    try {
      await work()
      await client.query('COMMIT')
      return
    } catch (error) {
      await client.query('ROLLBACK')
      if (left === 1 || !(error instanceof Error && 'code' in error && error.code === LOCKED)) throw error
    }
  }
}

/** Written by us, but in a place where an app may write, too. */
function identities(comment: string | null): Identity[] {
  try {
    const list: unknown = JSON.parse(comment ?? '[]')
    return Array.isArray(list) ? list.filter((each) => TABLE.test(String(each?.table))) : []
  } catch {
    return []
  }
}

/** Two names, as format('%I.%I') writes them. */
const TABLE = /^([a-z_][a-z0-9_$]*|"([^"]|"")+")\.([a-z_][a-z0-9_$]*|"([^"]|"")+")$/

import type { Client } from 'pg'
import { quoted } from './roles.ts'

/** What an owner may have set for the database, and what ends a copy of a large table or refuses it; not every server has all. */
const LIMITS = `SELECT name FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout',
  'idle_in_transaction_session_timeout', 'idle_session_timeout', 'default_transaction_read_only') ORDER BY name`

/** The account is not held to limits that the owner of the database has set for everybody. It takes that along when it is dropped. */
export async function unhurry(client: Client, user: string, database: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(LIMITS)
  for (const { name } of rows) {
    const value = name === 'default_transaction_read_only' ? 'off' : '0'
    await client.query(`ALTER ROLE ${quoted(user)} IN DATABASE ${quoted(database)} SET ${name} = ${value}`)
  }
}

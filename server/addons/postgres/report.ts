import type { Client } from 'pg'
import type { Database, ReportTable, ServerAccess } from '../addon-service.ts'
import { session } from './session.ts'

/** Beside whatever the database is busy with, a question may not take long. */
const STATEMENT_MS = 15_000

/**
 * What a query tells, its columns named as they are shown. `server`: it is asked in the platform's own database, which alone
 * has the statistics of statements; `$1` is the name of the database then.
 */
export type Report = { name: string; about: string; sql: string; in?: 'server' }

/** A session that changes nothing and waits for nothing long. */
export async function looking<T>(
  access: ServerAccess,
  database: string,
  look: (client: Client) => Promise<T>,
): Promise<T> {
  return await session(access, database, async (client) => {
    await client.query(`SET statement_timeout = ${STATEMENT_MS}; SET default_transaction_read_only = on`)
    return await look(client)
  })
}

export async function ask(
  access: ServerAccess,
  database: Database,
  { sql, in: place }: Pick<Report, 'sql' | 'in'>,
): Promise<Pick<ReportTable, 'columns' | 'rows'>> {
  const [asked, values] = place === 'server' ? ['postgres', [database.name]] : [database.name, []]
  return await looking(access, asked, async (client) => {
    const { fields, rows } = await client.query<(string | null)[]>({ text: sql, values, rowMode: 'array' })
    return { columns: fields.map(({ name }) => name), rows: rows.map((row) => row.map(asText)) }
  })
}

function asText(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

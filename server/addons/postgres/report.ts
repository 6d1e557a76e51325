import type { Database, ReportTable, ServerAccess } from '../addon-service.ts'
import { session } from './session.ts'

/** Beside whatever the database is busy with, a question may not take long. */
const STATEMENT_MS = 15_000

/**
 * What a query tells, its columns named as they are shown. `$1` is the name of the database; `server`: it is asked in the
 * platform's own database, which alone has the statistics of statements.
 */
export type Report = { name: string; about: string; sql: string; in?: 'server'; takesDatabase?: true }

export async function ask(
  access: ServerAccess,
  database: Database,
  { sql, in: place, takesDatabase }: Pick<Report, 'sql' | 'in' | 'takesDatabase'>,
): Promise<Pick<ReportTable, 'columns' | 'rows'>> {
  return await session(access, place === 'server' ? 'postgres' : database.name, async (client) => {
    await client.query(`SET statement_timeout = ${STATEMENT_MS}; SET default_transaction_read_only = on`)
    const values = takesDatabase ? [database.name] : []
    const { fields, rows } = await client.query<(string | null)[]>({ text: sql, values, rowMode: 'array' })
    return { columns: fields.map(({ name }) => name), rows: rows.map((row) => row.map(asText)) }
  })
}

function asText(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

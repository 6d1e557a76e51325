import type { Database, ServerAccess } from '../addon-service.ts'
import { session } from './session.ts'

type Sequence = { name: string; last: string; called: boolean }

const NAMES = `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'S' AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1`
const SET = `SELECT setval(name::regclass, last, called) FROM unnest($1::text[], $2::bigint[], $3::bool[]) AS s (name, last, called)`

/** Numbers that were given out are not given again. */
export async function copySequences(from: ServerAccess, to: ServerAccess, { name }: Database): Promise<void> {
  const all = await session(from, name, async (client) => {
    const { rows } = await client.query<{ name: string }>(NAMES)
    if (rows.length === 0) return []
    const each = rows.map((sequence) => {
      const literal = client.escapeLiteral(sequence.name)
      return `SELECT ${literal} AS name, last_value::text AS last, is_called AS called FROM ${sequence.name}`
    })
    return (await client.query<Sequence>(each.join(' UNION ALL '))).rows
  })
  if (all.length === 0) return
  const values = [all.map((each) => each.name), all.map(({ last }) => last), all.map(({ called }) => called)]
  await session(to, name, (client) => client.query(SET, values))
}

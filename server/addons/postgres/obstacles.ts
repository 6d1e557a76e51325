import type { Client } from 'pg'
import type { Database, ServerAccess } from '../addon-service.ts'
import { TABLES_OF_APPS } from './count.ts'
import { session } from './session.ts'

const IDENTITY = `EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate AND
  (c.relreplident = 'd' AND i.indisprimary OR c.relreplident = 'i' AND i.indisreplident))`

/** Tables of which an update or delete would not say which row it was. */
export const IDENTITY_LESS = `SELECT format('%I.%I', n.nspname, c.relname) AS table, c.relreplident AS identity
  ${TABLES_OF_APPS} AND c.relreplident <> 'f' AND NOT ${IDENTITY} ORDER BY 1`

const NAME = `n.nspname || '.' || c.relname AS name`

/** Each answers with the first thing of its kind. In the order in which they are told. */
const OBSTACLES: { words: (name: string) => string; sql: string }[] = [
  {
    words: () => 'large objects (lo_create) cannot be followed',
    sql: `SELECT '' AS name FROM pg_largeobject_metadata LIMIT 1`,
  },
  {
    words: (name) => `changes of ${name}, which is UNLOGGED, cannot be followed`,
    sql: `SELECT ${NAME} ${TABLES_OF_APPS} AND c.relpersistence = 'u' LIMIT 1`,
  },
  {
    words: (name) => `${name} has FORCE ROW LEVEL SECURITY`,
    sql: `SELECT ${NAME} ${TABLES_OF_APPS} AND c.relforcerowsecurity LIMIT 1`,
  },
  {
    words: (name) => `a trigger of ${name} is enabled for what comes from another server, too`,
    sql: `SELECT ${NAME} ${TABLES_OF_APPS} AND EXISTS (
      SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgenabled IN ('A', 'R')) LIMIT 1`,
  },
  {
    words: (name) => `rows of ${name}, which has no primary key, cannot be compared`,
    sql: `SELECT ${NAME} ${TABLES_OF_APPS} AND NOT ${IDENTITY} AND EXISTS (
      SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND coalesce(b.typname, t.typname)
      ~ '^_?(json|xml|point|line|lseg|box|path|polygon|circle)$') LIMIT 1`,
  },
  {
    words: (name) => `the extension ${name} keeps rows in tables of its own`,
    sql: 'SELECT extname AS name FROM pg_extension WHERE extconfig IS NOT NULL LIMIT 1',
  },
]

/** `words` follow "because". */
export async function obstacle(from: ServerAccess, to: ServerAccess, { name }: Database): Promise<string | undefined> {
  const logs = await setting(from, 'wal_level')
  if (logs !== 'logical')
    return 'the old server runs since before it could be followed: restart it once (addons:restart)'
  if ((await setting(to, 'max_logical_replication_workers')) === '0')
    return 'the new server runs since before it could follow: restart it once (addons:restart)'
  return await session(from, name, firstFound)
}

async function firstFound(client: Client): Promise<string | undefined> {
  for (const { words, sql } of OBSTACLES) {
    const [found] = (await client.query<{ name: string }>(sql)).rows
    if (found) return words(found.name)
  }
  return undefined
}

async function setting(access: ServerAccess, name: string): Promise<string | undefined> {
  return await session(access, 'postgres', async (client) => {
    const { rows } = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name])
    return rows[0]?.value
  })
}

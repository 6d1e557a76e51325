import type { Database, ServerAccess } from '../addon-service.ts'
import { session } from './session.ts'

/** Catalogs of which each row counts whole, by what leads from them to a schema, table, type or function of an app. */
const WHOLE: [catalog: string, of: 'space' | 'class' | 'all', column: string][] = [
  ['pg_namespace', 'space', 'oid'],
  ['pg_extension', 'all', ''],
  ['pg_attribute', 'class', 'attrelid'],
  ['pg_attrdef', 'class', 'adrelid'],
  ['pg_constraint', 'space', 'connamespace'],
  ['pg_index', 'class', 'indrelid'],
  ['pg_inherits', 'class', 'inhrelid'],
  ['pg_sequence', 'class', 'seqrelid'],
  ['pg_trigger', 'class', 'tgrelid'],
  ['pg_rewrite', 'class', 'ev_class'],
  ['pg_policy', 'class', 'polrelid'],
  ['pg_statistic_ext', 'class', 'stxrelid'],
  ['pg_proc', 'space', 'pronamespace'],
  ['pg_type', 'space', 'typnamespace'],
  ['pg_enum', 'all', ''],
  ['pg_operator', 'space', 'oprnamespace'],
  ['pg_collation', 'space', 'collnamespace'],
  ['pg_ts_config', 'space', 'cfgnamespace'],
  ['pg_ts_dict', 'space', 'dictnamespace'],
]

/** What of a table's own row changes when somebody wants it to, and not by a vacuum or TRUNCATE. */
const OF_CLASS = `oid, relname, relnamespace, reloftype, relowner, relam, relkind, relpersistence, reloptions,
  relrowsecurity, relforcerowsecurity, relispartition, relpartbound`

const SHAPE = `WITH space AS (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'),
  class AS (SELECT oid FROM pg_class WHERE relnamespace IN (SELECT oid FROM space))
  SELECT md5(coalesce(string_agg(line, ' ' ORDER BY line), '')) AS shape FROM (
    SELECT 'pg_class' || (SELECT own FROM (SELECT ${OF_CLASS}) own)::text AS line FROM pg_class c
    WHERE oid IN (SELECT oid FROM class) ${WHOLE.map(rowsOf).join(' ')}
  ) AS lines`

/** The same as long as nobody changes more than rows, in a temporary table or anywhere. */
export async function shapeOf(access: ServerAccess, { name }: Database): Promise<string> {
  return await session(access, name, async (client) => {
    const { rows } = await client.query<{ shape: string }>(SHAPE)
    return rows[0]?.shape ?? ''
  })
}

function rowsOf([catalog, of, column]: (typeof WHOLE)[number]): string {
  const where = of === 'all' ? '' : ` WHERE ${column} IN (SELECT oid FROM ${of})`
  return `UNION ALL SELECT '${catalog}' || each::text FROM ${catalog} each${where}`
}

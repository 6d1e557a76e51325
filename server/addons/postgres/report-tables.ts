import type { Report } from './report.ts'

const TABLE = `quote_ident(schemaname) || '.' || quote_ident(relname)`
const INDEX = `quote_ident(schemaname) || '.' || quote_ident(indexrelname)`
const shareOf = (part: string, whole: string) =>
  `coalesce(round(100.0 * ${part} / nullif(${whole}, 0), 2)::text || ' %', '-')`

/**
 * What rows would take, from their average width (pg_stats) and the 28 bytes beside each, in pages of 8,168 usable bytes: an
 * estimate within some percent for tables that were analyzed lately.
 */
export const BLOAT = `WITH widths AS (
    SELECT schemaname, tablename, sum((1 - null_frac) * avg_width) AS width FROM pg_stats GROUP BY 1, 2
  )
  SELECT n.nspname AS schema, c.relname AS table, c.relpages::bigint * 8192 AS bytes,
    greatest(0, c.relpages - ceil(c.reltuples * (width + 28) / 8168))::bigint * 8192 AS waste
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN widths ON widths.schemaname = n.nspname AND widths.tablename = c.relname
  WHERE c.relkind = 'r' AND c.reltuples > 0 AND n.nspname NOT IN ('pg_catalog', 'information_schema')`

/** Never asked, not there to keep values apart, and larger than some pages. */
export const UNUSED_INDEXES = `SELECT ${INDEX} AS index, s.relname AS table, pg_relation_size(s.indexrelid) AS bytes, idx_scan
  FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
  WHERE idx_scan < 50 AND NOT i.indisunique AND NOT i.indisexclusion AND pg_relation_size(s.indexrelid) > 5 * 8192`

/** How the space is used, and how well. */
export const TABLES: readonly Report[] = [
  {
    name: 'table-size',
    about: 'tables with their indexes, the largest first',
    sql: `SELECT ${TABLE} AS table, pg_size_pretty(pg_total_relation_size(relid)) AS all,
        pg_size_pretty(pg_table_size(relid)) AS rows, pg_size_pretty(pg_indexes_size(relid)) AS indexes,
        n_live_tup AS count FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 50`,
  },
  {
    name: 'bloat',
    about: 'space that dead rows have left in tables (estimated)',
    sql: `SELECT quote_ident(schema) || '.' || quote_ident(b.table) AS table, pg_size_pretty(bytes) AS size,
        pg_size_pretty(waste) AS bloat, ${shareOf('waste', 'bytes')} AS share
      FROM (${BLOAT}) b WHERE waste > 0 ORDER BY waste DESC LIMIT 50`,
  },
  {
    name: 'unused-indexes',
    about: 'indexes that cost at each write and were asked less than 50 times',
    sql: `SELECT index, u.table, pg_size_pretty(bytes) AS size, idx_scan AS scans FROM (${UNUSED_INDEXES}) u
      ORDER BY bytes DESC LIMIT 50`,
  },
  {
    name: 'index-usage',
    about: 'how often tables were read by an index',
    sql: `SELECT ${TABLE} AS table, ${shareOf('idx_scan', 'seq_scan + idx_scan')} AS by_index, seq_scan AS whole_reads,
        n_live_tup AS rows FROM pg_stat_user_tables ORDER BY n_live_tup DESC LIMIT 50`,
  },
  {
    name: 'cache-hit',
    about: 'how much was found in memory',
    sql: `SELECT 'tables' AS what, ${shareOf('sum(heap_blks_hit)', 'sum(heap_blks_hit + heap_blks_read)')} AS hit
        FROM pg_statio_user_tables
      UNION ALL SELECT 'indexes', ${shareOf('sum(idx_blks_hit)', 'sum(idx_blks_hit + idx_blks_read)')}
        FROM pg_statio_user_indexes`,
  },
  {
    name: 'vacuum-stats',
    about: 'dead rows, and when tables were cleaned last',
    sql: `SELECT ${TABLE} AS table, n_live_tup AS rows, n_dead_tup AS dead,
        date_trunc('seconds', greatest(last_vacuum, last_autovacuum))::text AS vacuumed,
        date_trunc('seconds', greatest(last_analyze, last_autoanalyze))::text AS analyzed
      FROM pg_stat_user_tables ORDER BY n_dead_tup DESC LIMIT 50`,
  },
  {
    name: 'extensions',
    about: 'what can be added to the database, and what it has',
    sql: `SELECT a.name, coalesce(a.installed_version, '-') AS installed, a.default_version AS offered, a.comment AS about
      FROM pg_available_extensions a ORDER BY a.installed_version IS NULL, a.name`,
  },
]

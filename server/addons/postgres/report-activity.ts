import type { Report } from './report.ts'

/** Sessions of apps; the platform's own and the server's are left out. */
const OF_APPS = `datname = current_database() AND backend_type = 'client backend' AND usename <> 'postgres'`
const QUERY = `left(regexp_replace(query, '\\s+', ' ', 'g'), 500)`
const since = (time: string) => `date_trunc('milliseconds', clock_timestamp() - ${time})::text`

/** What goes on at this moment, and what has taken the time. */
export const ACTIVITY: readonly Report[] = [
  {
    name: 'ps',
    about: 'queries that run, the oldest first',
    sql: `SELECT pid, state, coalesce(wait_event_type || ': ' || wait_event, '-') AS waits,
        ${since('query_start')} AS running, usename AS login, application_name AS program, ${QUERY} AS query
      FROM pg_stat_activity WHERE ${OF_APPS} AND state <> 'idle' ORDER BY query_start`,
  },
  {
    name: 'sessions',
    about: 'all connections, idle ones too',
    sql: `SELECT pid, state, ${since('state_change')} AS since, usename AS login, client_addr::text AS address,
        application_name AS program FROM pg_stat_activity WHERE ${OF_APPS} ORDER BY state, state_change`,
  },
  {
    name: 'locks',
    about: 'locks on tables that are held or waited for by what runs',
    sql: `SELECT l.pid, c.relname AS relation, l.mode, CASE WHEN l.granted THEN 'held' ELSE 'waited for' END AS lock,
        ${since('a.query_start')} AS running, ${QUERY} AS query
      FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
      JOIN (SELECT * FROM pg_stat_activity WHERE ${OF_APPS}) a USING (pid)
      WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND c.relnamespace <> 'pg_catalog'::regnamespace ORDER BY l.granted, a.query_start`,
  },
  {
    name: 'blocking',
    about: 'who waits for whom',
    sql: `SELECT w.pid AS waits, b.pid AS for, ${since('w.query_start')} AS waiting, ${since('b.xact_start')} AS held,
        left(w.query, 200) AS query, left(b.query, 200) AS blocker
      FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS by(pid)
      JOIN pg_stat_activity b ON b.pid = by.pid WHERE w.datname = current_database() ORDER BY w.query_start`,
  },
  {
    name: 'long-running-queries',
    about: 'queries and open transactions older than five minutes',
    sql: `SELECT pid, state, ${since('xact_start')} AS transaction, usename AS login, ${QUERY} AS query
      FROM pg_stat_activity WHERE ${OF_APPS} AND xact_start < now() - interval '5 minutes' ORDER BY xact_start`,
  },
  {
    name: 'outliers',
    about: 'statements that took the most time in all',
    in: 'server',
    sql: `SELECT round(total_exec_time)::text || ' ms' AS total,
        round((100 * total_exec_time / sum(total_exec_time) OVER ())::numeric, 1)::text || ' %' AS share,
        round(mean_exec_time::numeric, 2)::text || ' ms' AS mean, calls, rows,
        coalesce(round(100.0 * shared_blks_hit / nullif(shared_blks_hit + shared_blks_read, 0), 1)::text || ' %', '-')
          AS cached, ${QUERY} AS query
      FROM public.pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)
        AND userid <> 'postgres'::regrole ORDER BY total_exec_time DESC LIMIT 20`,
  },
  {
    name: 'calls',
    about: 'statements that were asked most often',
    in: 'server',
    sql: `SELECT calls, round(total_exec_time)::text || ' ms' AS total,
        round(mean_exec_time::numeric, 2)::text || ' ms' AS mean, rows, ${QUERY} AS query
      FROM public.pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)
        AND userid <> 'postgres'::regrole ORDER BY calls DESC LIMIT 20`,
  },
]

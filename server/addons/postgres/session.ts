import { text } from 'node:stream/consumers'
import type { Client } from 'pg'
import { hasErrorCode } from '../../errors.ts'
import type { ServerAccess } from '../addon-service.ts'
import { scramVerifier } from '../scram.ts'

/** The account that may do everything; nobody but the platform has its password. */
const ADMIN = 'postgres'
/** Of all databases of the server, seen from this one: apps' own databases and their dumps are free of it. */
const STATISTICS = 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements;\n'
/**
 * An owner may set the search_path of the database, and so put a function of theirs before one that the platform calls, and
 * timeouts that end what it does: what the connection asks for goes before it.
 */
const OF_OUR_OWN =
  '-c search_path=pg_catalog,pg_temp -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0'
const CONNECT_MS = 3_000
const QUERY_MS = 60_000
/** SQLSTATE: the password is not, or not yet, the right one. */
const WRONG_PASSWORD = '28P01'

/**
 * Speaks to a database of the server as the platform's account; the connection is closed when `work` has ended, or the signal
 * fires. `queryMs`: 0 for as long as it takes.
 */
export async function session<T>(
  access: ServerAccess,
  database: string,
  work: (client: Client) => Promise<T>,
  { queryMs = QUERY_MS, signal }: { queryMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const { default: pg } = await import('pg')
  const { host, port } = access.endpoint
  const client = new pg.Client({
    host,
    port,
    user: ADMIN,
    password: access.password,
    database,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: queryMs,
    application_name: 'paas',
    options: OF_OUR_OWN,
  })
  client.on('error', () => {})
  const stop = () => void client.end().catch(() => undefined)
  signal?.addEventListener('abort', stop)
  try {
    await client.connect()
    signal?.throwIfAborted()
    return await work(client)
  } finally {
    signal?.removeEventListener('abort', stop)
    await client.end().catch(() => undefined)
  }
}

/** Throws while the server does not take connections yet. The password is set beside the server, in the form that it keeps. */
export async function ready(access: ServerAccess, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  try {
    await session(access, ADMIN, (client) => client.query('SELECT 1'))
  } catch (error) {
    if (!hasErrorCode(error, WRONG_PASSWORD)) throw error
    await setPassword(access)
    await session(access, ADMIN, (client) => client.query('SELECT 1'))
  }
}

async function setPassword(access: ServerAccess): Promise<void> {
  const pipe = await access.pipe(besideServer('psql', '--no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres'))
  pipe.stdin.end(`ALTER ROLE ${ADMIN} PASSWORD '${scramVerifier(access.password)}';\n${STATISTICS}`)
  const [code, said] = await Promise.all([pipe.exited, text(pipe.stderr), text(pipe.stdout)])
  if (code !== 0) throw new Error(`psql ended with ${code}: ${said.trim()}`)
}

/** A program of Postgres on the server's own socket, which asks for no password. `options` is constant text; values follow. */
export function besideServer(program: string, options: string, ...values: string[]): string[] {
  const line = `exec ${program} -h "$PAAS_DATA_DIRECTORY/s" -p "$PORT" -U ${ADMIN} ${options} "$@"`
  return ['/bin/sh', '-c', line, program, ...values]
}

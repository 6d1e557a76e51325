import { PaasError } from '../../errors.ts'
import type { Database, ServerAccess } from '../addon-service.ts'
import { ownerOf, quoted } from './roles.ts'
import { session } from './session.ts'

/** Beside those that Postgres itself lets owners add (trusted): harmless ones that need the platform's account. */
const ALSO = [
  'amcheck',
  'bloom',
  'earthdistance',
  'pageinspect',
  'pg_buffercache',
  'pg_stat_statements',
  'pgrowlocks',
  'postgis',
  'vector',
]

/** Whether an owner cannot add it, and the platform does. */
export function needsPlatform(name: string): boolean {
  return ALSO.includes(name)
}

/** As the owner where that may; what reads files, runs programs or speaks to other servers cannot be added. Idempotent. */
export async function changeExtension(
  access: ServerAccess,
  { name: database }: Database,
  name: string,
  state: 'added' | 'removed',
): Promise<void> {
  await session(access, database, async (client) => {
    const sql = `SELECT bool_or(trusted) AS trusted FROM pg_available_extension_versions WHERE name = $1`
    const trusted = (await client.query<{ trusted: boolean | null }>(sql, [name])).rows[0]?.trusted ?? null
    if (trusted === null) throw unknown(name)
    if (!trusted && !ALSO.includes(name)) throw refused(name)
    if (state === 'removed') await client.query(`DROP EXTENSION IF EXISTS ${quoted(name)}`)
    else {
      if (trusted) await client.query(`SET ROLE ${quoted(ownerOf(database))}`)
      await client.query(`CREATE EXTENSION IF NOT EXISTS ${quoted(name)} SCHEMA public CASCADE`)
    }
  }).catch((error: unknown) => {
    if (error instanceof PaasError || !(error instanceof Error)) throw error
    throw new PaasError('conflict', 'addon.extension', `${name} was not ${state}: ${error.message}.`, {
      fix: 'Nothing was changed. What depends on an extension must go before it.',
      command: 'paas pg:extensions',
    })
  })
}

function unknown(name: string): PaasError {
  return new PaasError('not-found', 'addon.unknown-extension', `The server has no extension ${name}.`, {
    fix: 'See which there are.',
    command: 'paas pg:extensions',
  })
}

function refused(name: string): PaasError {
  return new PaasError('forbidden', 'addon.extension-refused', `${name} can reach beyond its database.`, {
    fix: 'It reads files, runs programs or speaks to other servers, which an app may not through its database.',
  })
}

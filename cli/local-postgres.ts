import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { environmentWith } from './config.ts'
import { CliError, hasErrorCode, UsageError } from './errors.ts'

const NAME = /^[\p{L}\p{N}_.-]{1,63}$/u
const URLS = ['postgres:', 'postgresql:']

/** A database of this machine by its name, or any by its URL, as the programs of Postgres are told of it. */
export type LocalDatabase = {
  name: string
  /** Only a name, so that it can be made here. */
  isOurs: boolean
  environment: Record<string, string>
}

/** Logins go by the environment, where no list of processes shows them. */
export function localDatabase(text: string): LocalDatabase {
  const url = URL.parse(text)
  if (!url || !URLS.includes(url.protocol)) {
    if (!NAME.test(text)) throw new UsageError(`${JSON.stringify(text)} is neither the name nor the URL of a database.`)
    return { name: text, isOurs: true, environment: { PGDATABASE: text } }
  }
  const name = decodeURIComponent(url.pathname.slice(1))
  if (!NAME.test(name)) throw new UsageError('The URL names no database.')
  const environment = {
    PGDATABASE: name,
    PGHOST: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port !== '' && { PGPORT: url.port }),
    ...(url.username !== '' && { PGUSER: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { PGPASSWORD: decodeURIComponent(url.password) }),
    ...(url.searchParams.has('sslmode') && { PGSSLMODE: url.searchParams.get('sslmode') ?? '' }),
  }
  return { name, isOurs: false, environment }
}

/** One of the programs of Postgres on this machine. Its errors stand in `ended`, which rejects with them. */
export function postgresProgram(
  program: 'pg_dump' | 'pg_restore' | 'psql' | 'createdb' | 'dropdb',
  words: string[],
  { environment }: LocalDatabase,
): ChildProcess & { ended: Promise<void> } {
  const child = spawn(program, words, { env: environmentWith(environment), stdio: 'pipe' })
  const said = child.stderr ? text(child.stderr) : Promise.resolve('')
  child.stdin?.on('error', () => undefined)
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(hasErrorCode(error, 'ENOENT') ? notThere(program) : error))
    child.once('close', async (code) => (code === 0 ? resolve() : reject(failed(program, code, await said))))
  })
  ended.catch(() => undefined)
  return Object.assign(child, { ended })
}

function notThere(program: string): CliError {
  return new CliError(`There is no ${program} on this machine.`, {
    fix: 'It comes with the client programs of PostgreSQL.',
    command: 'sudo apt-get install postgresql-client',
  })
}

function failed(program: string, code: number | null, said: string): CliError {
  return new CliError(
    `${program} ended with ${code ?? 'a signal'}: ${said.trim().slice(-1_000) || 'it gave no reason'}`,
  )
}

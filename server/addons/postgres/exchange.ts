import { randomBytes } from 'node:crypto'
import { addAbortSignal, Readable } from 'node:stream'
import { PaasError } from '../../errors.ts'
import type { Database, Remote, ServerAccess } from '../addon-service.ts'
import { fedTo } from '../fed-program.ts'
import { outputOf } from '../piped-output.ts'
import { restored } from './dump.ts'
import { asOwner } from './roles.ts'
import { besideServer, session } from './session.ts'
import { peeked, withoutText } from './sql-text.ts'

const FOR_OTHERS = '--no-owner --no-privileges --no-password'
/** What pg_dump's own format begins with. */
const CUSTOM = Buffer.from('PGDMP')
/** A dump says within so many bytes which key its own restriction has. */
const HEAD_BYTES = 4_096
/** Heroku's way to add extensions: functions and triggers that need an account of theirs. */
const LEFT_OUT = ['_heroku']

const RUN_SQL = `IFS= read -r PGPASSWORD
export PGPASSWORD
exec psql -h 127.0.0.1 -p "$PORT" -U "$1" --dbname "$2" --no-password --no-psqlrc --quiet \\
  --single-transaction --set ON_ERROR_STOP=1 --file - >/dev/null`

const FETCH = `set -eu
for name in PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE; do
  IFS= read -r value
  export "$name=$value"
done
export PGCONNECT_TIMEOUT=15 PGAPPNAME=paas
exec pg_dump --format=custom --compress=0 --blobs ${FOR_OTHERS} "$@"`

/** `custom` is for pg_restore and compressed, `sql` for psql and everybody else. */
export async function exported(
  access: ServerAccess,
  { name }: Database,
  form: 'custom' | 'sql',
  signal: AbortSignal,
): Promise<Readable> {
  const format = form === 'sql' ? '--format=plain' : '--format=custom --compress=6'
  const pipe = await access.pipe(besideServer('pg_dump', `${format} ${FOR_OTHERS} --dbname`, name))
  pipe.stdin.end()
  return outputOf(pipe, 'pg_dump', signal)
}

/** All or nothing, signed in as the owner; either form is known by how it begins. */
export async function imported(
  access: ServerAccess,
  database: Database,
  from: Readable,
  signal: AbortSignal,
): Promise<void> {
  const { head, all } = await peeked(addAbortSignal(signal, from), HEAD_BYTES)
  if (head.length === 0) throw nothingThere()
  if (head.subarray(0, CUSTOM.length).equals(CUSTOM)) return await restored(access, database, all, signal)
  await runSql(access, database, head, all, signal)
}

/**
 * From a server elsewhere, of which the address was looked at: the name is for its certificate alone. Everything goes in by
 * standard input, so that nothing is read as an option or shows in a list of processes.
 */
export async function fetched(access: ServerAccess, remote: Remote, signal: AbortSignal): Promise<Readable> {
  const extensions = await addable(access)
  const options = [
    ...['plpgsql', ...extensions].map((name) => `--extension=${name}`),
    ...LEFT_OUT.map((name) => `--exclude-schema=${name}`),
  ]
  const pipe = await access.pipe(['/bin/sh', '-c', FETCH, 'pg_dump', ...options])
  const { host, address, port, user, password, database, tls } = remote
  pipe.stdin.on('error', () => {})
  pipe.stdin.end([host, address, String(port), user, password, database, tls, ''].join('\n'))
  return outputOf(pipe, 'pg_dump', signal)
}

/** What an owner may add here; the others are left behind, as far as nothing needs them. */
async function addable(access: ServerAccess): Promise<string[]> {
  const sql = 'SELECT DISTINCT name FROM pg_available_extension_versions WHERE trusted ORDER BY name'
  return await session(access, 'postgres', async (client) =>
    (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name),
  )
}

/**
 * psql obeys commands that begin with a backslash, among them one that starts programs: it is told to obey none, under a key
 * that the text cannot know. Newer dumps do the same to themselves with a key of their own, which does not nest.
 */
async function runSql(
  access: ServerAccess,
  database: Database,
  head: Buffer,
  all: Readable,
  signal: AbortSignal,
): Promise<void> {
  const own = /^\\restrict ([A-Za-z0-9]+)$/m.exec(head.toString('latin1'))?.[1]
  const text =
    own === undefined
      ? all
      : Readable.from(withoutText(withoutText(all, `\n\\restrict ${own}\n`), `\n\\unrestrict ${own}\n`))
  const key = randomBytes(24).toString('hex')
  await asOwner(access, database, async ({ user, password }) => {
    const pipe = await access.pipe(['/bin/sh', '-c', RUN_SQL, 'psql', user, database.name])
    await fedTo(pipe, 'psql', { before: `${password}\n\\restrict ${key}\n`, from: text, signal })
  })
}

function nothingThere(): PaasError {
  return new PaasError('invalid', 'transfer.empty', 'There is nothing in it.', {
    fix: 'Send what pg_dump wrote, in its custom format or as SQL.',
    command: 'pg_dump --format=custom --no-owner --no-privileges mydb | paas pg:import -',
  })
}

import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Client } from 'pg'
import type { Copy, Database, ServerAccess } from '../addon-service.ts'
import { fedTo } from '../fed-program.ts'
import { outputOf } from '../piped-output.ts'
import { countingNow } from './count.ts'
import { asOwner } from './roles.ts'
import { besideServer, session } from './session.ts'

const RESTORE = `read -r PGPASSWORD
export PGPASSWORD
exec pg_restore -h 127.0.0.1 -p "$PORT" -U "$1" --dbname "$2" --no-password \\
  --single-transaction --exit-on-error --no-owner --no-privileges --no-comments`

/** A publication is of no use to apps, who cannot make slots; what an upgrade has there for so long is not theirs. */
const DUMP = '--format=custom --compress=0 --no-password --no-publications'

/**
 * Postgres' custom format, not compressed: whoever keeps it does that. What is counted is counted beside the dump, in its
 * snapshot, which the session holds until both have ended; a dump that breaks off ends the counting.
 */
export async function dumped(access: ServerAccess, { name }: Database, signal: AbortSignal): Promise<Copy> {
  const { promise, resolve, reject } = Promise.withResolvers<Copy>()
  const hold = async (client: Client) => {
    const { bytes, snapshot, facts } = await countingNow(client)
    const pipe = await access.pipe(besideServer('pg_dump', DUMP, `--snapshot=${snapshot}`, `--dbname=${name}`))
    pipe.stdin.end()
    const stream = outputOf(pipe, 'pg_dump', signal)
    const counting = facts()
    resolve({ bytes, facts: counting, stream })
    // Whoever waits for it hears why it failed.
    counting.catch(() => undefined)
    await finished(stream)
    await counting
  }
  void session(access, name, hold, { queryMs: 0, signal }).catch(reject)
  return await promise
}

/** All but rows, in the same form. */
export async function shapeDumped(access: ServerAccess, { name }: Database, signal: AbortSignal): Promise<Readable> {
  const pipe = await access.pipe(besideServer('pg_dump', `${DUMP} --schema-only`, `--dbname=${name}`))
  pipe.stdin.end()
  return outputOf(pipe, 'pg_dump', signal)
}

/**
 * Signed in as the owner, all or nothing: what is brought back may hold functions that run meanwhile, and an account that only
 * acts as the owner would be theirs. The password is the first line of what goes in.
 */
export async function restored(
  access: ServerAccess,
  database: Database,
  from: Readable,
  signal: AbortSignal,
): Promise<void> {
  await asOwner(access, database, async ({ user, password }) => {
    const pipe = await access.pipe(['/bin/sh', '-c', RESTORE, 'pg_restore', user, database.name])
    await fedTo(pipe, 'pg_restore', { before: `${password}\n`, from, signal })
  })
}

import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Database, ServerAccess } from '../addon-service.ts'
import { outputOf, programFailed } from '../piped-output.ts'
import { ownerOf } from './roles.ts'
import { besideServer } from './session.ts'

/** Postgres' custom format, not compressed: whoever keeps it does that. The stream fails unless the dump ended well. */
export async function dumped(access: ServerAccess, { name }: Database, signal: AbortSignal): Promise<Readable> {
  const pipe = await access.pipe(besideServer('pg_dump', '--format=custom --compress=0 --no-password --dbname', name))
  pipe.stdin.end()
  return outputOf(pipe, 'pg_dump', signal)
}

/** As the owner, so that everything belongs to it; all or nothing. */
export async function restored(
  access: ServerAccess,
  { name }: Database,
  from: Readable,
  signal: AbortSignal,
): Promise<void> {
  const options = '--single-transaction --exit-on-error --no-owner --no-privileges --no-password'
  const pipe = await access.pipe(besideServer('pg_restore', options, '--role', ownerOf(name), '--dbname', name))
  const said = Promise.all([text(pipe.stderr), text(pipe.stdout)])
  // A program that gave up says why; that its input broke off says nothing.
  const broken = await pipeline(from, pipe.stdin, { signal }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (broken !== undefined) pipe.stdin.destroy()
  const code = await pipe.exited
  signal.throwIfAborted()
  if (code !== 0) throw programFailed('pg_restore', code, (await said)[0])
  if (broken !== undefined) throw broken
}

import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { PaasError } from '../../errors.ts'
import type { Database, ServerAccess } from '../addon-service.ts'
import { ownerOf } from './roles.ts'
import { besideServer } from './session.ts'

/** Of what a program wrote before it failed. */
const KEPT_CHARACTERS = 2_000

/** Postgres' custom format, not compressed: whoever keeps it does that. The stream fails unless the dump ended well. */
export async function dumped(access: ServerAccess, { name }: Database, signal: AbortSignal): Promise<Readable> {
  const pipe = await access.pipe(besideServer('pg_dump', '--format=custom --compress=0 --no-password --dbname', name))
  pipe.stdin.end()
  const output = new PassThrough()
  const said = text(pipe.stderr)
  pipe.stdout.on('error', (error) => output.destroy(error))
  pipe.stdout.pipe(output, { end: false })
  const stop = () => {
    pipe.stdout.destroy()
    output.destroy(signal.reason)
  }
  signal.addEventListener('abort', stop, { once: true })
  void pipe.exited
    .then(async (code) => {
      if (code !== 0) output.destroy(failed('pg_dump', name, code, await said))
      else if (pipe.stdout.readableEnded) output.end()
      else pipe.stdout.once('end', () => output.end())
    })
    .catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))))
    .finally(() => signal.removeEventListener('abort', stop))
  return output
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
  if (code !== 0) throw failed('pg_restore', name, code, (await said)[0])
  if (broken !== undefined) throw broken
}

function failed(program: string, database: string, code: number, said: string): PaasError {
  const words = said.trim().slice(-KEPT_CHARACTERS)
  return new PaasError(
    'failed',
    'addon.dump',
    `${program} of ${database} ended with ${code}: ${words || 'no reason'}`,
    {
      fix: 'Nothing was changed. See the log of the server.',
    },
  )
}

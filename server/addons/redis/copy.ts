import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerAccess } from '../addon-service.ts'
import { outputOf, programFailed } from '../piped-output.ts'
import { ADMIN, redisReady, redisSession } from './session.ts'

const ASK_AGAIN_MS = 50
/** The password comes by the input, because arguments can be read by others. */
const DUMP = 'read -r REDISCLI_AUTH; export REDISCLI_AUTH; exec "$1" -p "$PORT" --user "$2" --no-auth-warning --rdb -'
/** Checked as a whole before it takes its place. */
const PUT =
  'cd "$PAAS_DATA_DIRECTORY" && cat >restore.part && "$1" restore.part >&2 && chmod 644 restore.part && mv restore.part restore.rdb'

/** The snapshot that a replica would get, consistent at one moment. */
export async function redisBackup(access: ServerAccess, cli: string, signal: AbortSignal): Promise<Readable> {
  const pipe = await access.pipe(['/bin/sh', '-c', DUMP, cli, cli, ADMIN])
  pipe.stdin.end(`${access.password}\n`)
  return outputOf(pipe, `${cli} --rdb`, signal)
}

/** In place of all that there is. The server is told to end, is started again with the copy, and is waited for. */
export async function redisRestore(
  access: ServerAccess,
  checker: string,
  from: Readable,
  signal: AbortSignal,
): Promise<void> {
  const pipe = await access.pipe(['/bin/sh', '-c', PUT, checker, checker])
  const said = Promise.all([text(pipe.stderr), text(pipe.stdout)])
  const broken = await pipeline(from, pipe.stdin, { signal }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (broken !== undefined) pipe.stdin.destroy()
  const code = await pipe.exited
  signal.throwIfAborted()
  if (code !== 0) throw programFailed(checker, code, (await said)[0])
  if (broken !== undefined) throw broken
  // It ends without an answer.
  await redisSession(access, (send) => send('SHUTDOWN', 'NOSAVE')).catch(() => undefined)
  await again(access, signal)
}

async function again(access: ServerAccess, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await redisReady(access, signal)
    } catch {
      signal.throwIfAborted()
      await pause(ASK_AGAIN_MS, undefined, { signal })
    }
  }
}

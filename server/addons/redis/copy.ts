import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { PaasError } from '../../errors.ts'
import type { Copy, ServerAccess } from '../addon-service.ts'
import { fedTo } from '../fed-program.ts'
import { outputOf } from '../piped-output.ts'
import { information, saved } from './save.ts'
import { redisReady, redisSession } from './session.ts'

const ASK_AGAIN_MS = 50
const ATTEMPTS = 3
/** Checked as a whole before it takes its place. */
const PUT =
  'cd "$PAAS_DATA_DIRECTORY" && cat >restore.part && "$1" restore.part >&2 && chmod 644 restore.part && mv restore.part restore.rdb'

/** The snapshot that the server has just written, and what it held at the moment that it is of. */
export async function redisBackup(access: ServerAccess, title: string, signal: AbortSignal): Promise<Copy> {
  for (let left = ATTEMPTS; ; left -= 1) {
    const { saves, facts, bytes } = await saved(access, title, signal)
    const pipe = await access.pipe(['/bin/sh', '-c', 'exec cat "$PAAS_DATA_DIRECTORY/dump.rdb"'])
    pipe.stdin.end()
    const stream = outputOf(pipe, 'cat', signal)
    // What was opened stays the same file, whoever saves after that.
    await once(stream, 'readable', { signal })
    if ((await information(access)).saves === saves) return { facts: Promise.resolve(facts), bytes, stream }
    stream.destroy()
    if (left === 1) throw overtaken(title)
  }
}

/** In place of all that there is. The server is told to end, is started again with the copy, and is waited for. */
export async function redisRestore(
  access: ServerAccess,
  checker: string,
  from: Readable,
  signal: AbortSignal,
): Promise<void> {
  const pipe = await access.pipe(['/bin/sh', '-c', PUT, checker, checker])
  await fedTo(pipe, checker, { before: '', from, signal })
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

function overtaken(title: string): PaasError {
  return new PaasError('unavailable', 'addon.dump', `Somebody else keeps ${title} saving (SAVE, BGSAVE).`, {
    fix: 'Leave that to the platform, or back up again when it has ended.',
  })
}

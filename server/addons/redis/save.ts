import { setTimeout as pause } from 'node:timers/promises'
import { PaasError } from '../../errors.ts'
import type { Counted, ServerAccess } from '../addon-service.ts'
import { countedIn } from './count.ts'
import { readFacts } from './information.ts'
import { RedisError } from './resp.ts'
import { redisSession, type Send } from './session.ts'

const ASK_AGAIN_MS = 50
/** Writers wait so long at most, should we be gone before we let them go on: it takes a few milliseconds. */
const HELD_MS = '2000'
/** One process at a time writes down what the server holds: one that rewrites the log is waited for. */
const TURN_WITHIN_MS = 600_000

/** `saves`: begun since the server was started. */
type Information = Counted & { saves: number; isSaving: boolean; failed: boolean }

/** Has the server write a snapshot, and waits for it. The count is of the moment of the snapshot: nobody writes in between. */
export async function saved(access: ServerAccess, title: string, signal: AbortSignal): Promise<Information> {
  const begun = await begin(access, AbortSignal.any([signal, AbortSignal.timeout(TURN_WITHIN_MS)]))
  for (;;) {
    const { isSaving, failed } = await information(access)
    if (!isSaving && failed) throw notWritten(title)
    if (!isSaving) return { ...begun, saves: begun.saves + 1 }
    await pause(ASK_AGAIN_MS, undefined, { signal })
  }
}

export async function information(access: ServerAccess): Promise<Information> {
  return await redisSession(access, asked)
}

async function begin(access: ServerAccess, signal: AbortSignal): Promise<Information> {
  for (;;) {
    const begun = await redisSession(access, fork)
    if (begun) return begun
    await pause(ASK_AGAIN_MS, undefined, { signal })
  }
}

/** Undefined: another process saves at this moment. */
async function fork(send: Send): Promise<Information | undefined> {
  await send('CLIENT', 'PAUSE', HELD_MS, 'WRITE')
  try {
    const counted = await asked(send)
    await send('BGSAVE')
    return counted
  } catch (error) {
    if (error instanceof RedisError && /in progress|child process is active/.test(error.message)) return undefined
    throw error
  } finally {
    await send('CLIENT', 'UNPAUSE')
  }
}

async function asked(send: Send): Promise<Information> {
  const text = String(await send('INFO'))
  const facts = readFacts(text)
  return {
    ...countedIn(text),
    saves: Number(facts.get('rdb_saves')),
    isSaving: facts.get('rdb_bgsave_in_progress') === '1',
    failed: facts.get('rdb_last_bgsave_status') !== 'ok',
  }
}

function notWritten(title: string): PaasError {
  return new PaasError('failed', 'addon.dump', `${title} could not write its snapshot down.`, {
    fix: 'See whether the box is short of memory or disk, and the log of the server.',
  })
}

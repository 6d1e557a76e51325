import { randomBytes } from 'node:crypto'
import type { RunHandle } from '../engine/engine.ts'

/** A run that nobody attaches to by then is stopped (Heroku R13). */
const ATTACH_WITHIN_MS = 30_000

type Waiting = { ticket: string; handle: RunHandle; expiry: NodeJS.Timeout }

/** What lets somebody into a run that was started for them: good once, and not for long. */
export class RunTickets {
  readonly #waiting = new Map<string, Waiting>()

  issue(runId: string, handle: RunHandle): string {
    const ticket = randomBytes(24).toString('base64url')
    const expiry = setTimeout(() => {
      this.#waiting.delete(runId)
      void handle.signal('SIGKILL').catch(() => undefined)
    }, ATTACH_WITHIN_MS)
    expiry.unref()
    this.#waiting.set(runId, { ticket, handle, expiry })
    return ticket
  }

  /** Undefined when unknown, used or too old. */
  redeem(runId: string, ticket: string): RunHandle | undefined {
    const waiting = this.#waiting.get(runId)
    if (!waiting || waiting.ticket !== ticket) return undefined
    this.#waiting.delete(runId)
    clearTimeout(waiting.expiry)
    return waiting.handle
  }
}

import type { DeployKind } from './deploy-records.ts'

/** Why a deploy stopped before its end without having failed. */
export class Stopped extends Error {
  readonly state: 'canceled' | 'superseded'
  constructor(state: 'canceled' | 'superseded', reason: string) {
    super(reason)
    this.name = 'Stopped'
    this.state = state
  }
}

type Turn = {
  deployId: string
  kind: DeployKind
  controller: AbortController
  /** Cleared while a step must not be interrupted: the release phase, and from the swap on. */
  interruptible: boolean
  begin: () => void
}

type Closing = { reason: string; emptied: () => void }

/** What a deploy holds while it is its turn. */
export type HeldTurn = AsyncDisposable & {
  readonly signal: AbortSignal
  setInterruptible(interruptible: boolean): void
}

/**
 * One deploy per app at a time, in order of arrival. Of pushes the newest wins: it supersedes the waiting ones and
 * interrupts a running one that has not reached the swap, since git could not accept both anyway.
 */
export class Turns {
  readonly #lines = new Map<string, Turn[]>()
  readonly #closed = new Map<string, Closing>()

  /** Resolves when the turn has come. Throws Stopped when a newer push or a cancel came first. */
  async take(appId: string, deployId: string, kind: DeployKind, outside?: AbortSignal): Promise<HeldTurn> {
    const closed = this.#closed.get(appId)
    if (closed) throw new Stopped('canceled', closed.reason)
    const line = this.#lines.get(appId) ?? []
    this.#lines.set(appId, line)
    if (kind === 'push') this.#supersede(line)
    const controller = new AbortController()
    const signal = outside ? AbortSignal.any([outside, controller.signal]) : controller.signal
    const { promise, resolve } = Promise.withResolvers<void>()
    const turn: Turn = { deployId, kind, controller, interruptible: true, begin: resolve }
    line.push(turn)
    if (line[0] === turn) turn.begin()
    try {
      await unlessAborted(promise, signal)
    } catch (error) {
      this.#leave(appId, turn)
      throw error
    }
    return {
      signal,
      setInterruptible: (interruptible) => {
        signal.throwIfAborted()
        turn.interruptible = interruptible
      },
      [Symbol.asyncDispose]: async () => this.#leave(appId, turn),
    }
  }

  /** False when the deploy is unknown or has passed the point where stopping it is safe. */
  cancel(appId: string, deployId: string, reason: string): boolean {
    const turn = this.#lines.get(appId)?.find((candidate) => candidate.deployId === deployId)
    if (!turn?.interruptible) return false
    turn.controller.abort(new Stopped('canceled', reason))
    return true
  }

  /**
   * For an app that goes: stops all of its deploys, the release phase too, and lets none begin until disposed. Resolves
   * when the line is empty; a swap that has begun is waited for.
   */
  async close(appId: string, reason: string): Promise<Disposable> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const closing = { reason, emptied: resolve }
    this.#closed.set(appId, closing)
    const line = [...(this.#lines.get(appId) ?? [])]
    if (line.length === 0) resolve()
    for (const turn of line) turn.controller.abort(new Stopped('canceled', reason))
    await promise
    return {
      [Symbol.dispose]: () => {
        if (this.#closed.get(appId) === closing) this.#closed.delete(appId)
      },
    }
  }

  /** How many stand in line, the running one included. */
  length(appId: string): number {
    return this.#lines.get(appId)?.length ?? 0
  }

  #supersede(line: Turn[]): void {
    for (const turn of line) {
      if (turn.kind !== 'push' || !turn.interruptible) continue
      turn.controller.abort(new Stopped('superseded', 'A newer push took its place.'))
    }
  }

  #leave(appId: string, turn: Turn): void {
    const line = this.#lines.get(appId)
    if (!line?.includes(turn)) return
    const first = line[0] === turn
    line.splice(line.indexOf(turn), 1)
    if (line.length === 0) {
      this.#lines.delete(appId)
      this.#closed.get(appId)?.emptied()
    } else if (first) line[0]?.begin()
  }
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

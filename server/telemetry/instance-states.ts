import { constants } from 'node:os'
import type { RouterEvent } from '../../router/contract/event.ts'
import type { Exit, Instance } from '../engine/engine.ts'

export type InstanceWord = 'starting' | 'up' | 'unhealthy' | 'down' | 'crashed'
type TargetEvent = Extract<RouterEvent, { type: 'target' }>

const SIGNAL_BASE = 128
const ASKED_TO_STOP = SIGNAL_BASE + constants.signals.SIGTERM

/**
 * What happens to instances, as edges in Heroku's words: each call returns the lines that the log should get. An
 * instance that listens is up when the router reaches it, any other when it has started.
 */
export class InstanceStates {
  readonly #words = new Map<string, InstanceWord>()

  /** Takes an instance as it is found, without a line. */
  adopt(instance: Instance): void {
    if (this.#words.has(instance.id)) return
    const words = { starting: 'starting', running: 'up', exited: 'crashed' } as const
    this.#words.set(instance.id, words[instance.state])
  }

  started(instance: Instance): string[] {
    const known = this.#words.get(instance.id)
    if (known === 'up' || known === 'unhealthy') return []
    const first = known ? this.#become(instance.id, 'starting') : [`Starting process of v${instance.release}`]
    this.#words.set(instance.id, 'starting')
    return instance.endpoint ? first : [...first, ...this.#become(instance.id, 'up')]
  }

  exited(id: string, exit: Exit): string[] {
    const status = exitStatus(exit)
    const memory = exit.outOfMemory ? ['Error R15 (Memory quota vastly exceeded)', 'Stopping process with SIGKILL'] : []
    const next = !exit.outOfMemory && (status === 0 || status === ASKED_TO_STOP) ? 'down' : 'crashed'
    return [...memory, `Process exited with status ${status}`, ...this.#become(id, next)]
  }

  reached(event: TargetEvent): string[] {
    const known = this.#words.get(event.id)
    if (known === undefined || known === 'down' || known === 'crashed') return []
    if (event.to === 'healthy') return this.#become(event.id, 'up')
    return event.to === 'unhealthy' && known === 'up' ? this.#become(event.id, 'unhealthy') : []
  }

  forget(id: string): void {
    this.#words.delete(id)
  }

  #become(id: string, next: InstanceWord): string[] {
    const before = this.#words.get(id) ?? 'starting'
    this.#words.set(id, next)
    return before === next ? [] : [`State changed from ${before} to ${next}`]
  }
}

/** As a shell counts it: 128 and the signal's number for a process that was killed. */
export function exitStatus({ code, signal }: Exit): number {
  if (code !== null) return code
  const signals: Record<string, number> = constants.signals
  return SIGNAL_BASE + (signals[signal ?? ''] ?? 0)
}

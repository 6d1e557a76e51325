import type { ServiceTimeouts } from '../contract/table.ts'
import type { FailureCode } from '../failures.ts'

/** Where an exchange stands. */
export type Phase = 'choosing' | 'connecting' | 'waiting' | 'answering' | 'flushing' | 'tunnel' | 'over'

/** How long nothing may happen in this phase, in milliseconds. */
export function patienceMs(phase: Phase, { connectMs, firstByteMs, idleMs }: ServiceTimeouts): number {
  if (phase === 'connecting') return connectMs
  return phase === 'waiting' ? firstByteMs : idleMs
}

/**
 * What to say when that was too long. `stalled`: the client does not send its body; `blocked`: it does not take the
 * answer. Otherwise the app is to blame.
 */
export function lateCode(phase: Phase, stalled: boolean, blocked: boolean): FailureCode {
  if (phase === 'waiting') return stalled ? 'H28' : 'H12'
  return blocked || stalled ? 'H28' : 'H15'
}

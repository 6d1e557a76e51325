import type { TargetState } from './contract/call.ts'
import type { RouterTable, TargetSpec } from './contract/table.ts'
import type { Target } from './target.ts'

/** A target that leaves is in no table any more. */
export type StandingState = Exclude<TargetState, 'draining'>

/** How a router stands: what one process tells another, so that it serves as the first does, without a gap. */
export type Standing = {
  table: RouterTable
  /** False while the targets come from a saved table that nobody has confirmed since the machine started. */
  confirmed: boolean
  /** By target id. */
  states: Record<string, StandingState>
  /** Probed, healthy, and not in the table yet. */
  candidates: TargetSpec[]
  /** By service: how long its requests are held, in ms. */
  paused: Record<string, number>
}

export function standingStates(targets: Iterable<Target>): Record<string, StandingState> {
  const states: Record<string, StandingState> = {}
  for (const { id, state } of targets) if (state !== 'draining') states[id] = state
  return states
}

import type { DrainedAnswer, RouterProcess } from '../contract/call.ts'
import type { Measurements } from '../contract/event.ts'
import type { Standing, StandingState } from '../standing.ts'
import type { TelemetryHandover } from '../telemetry.ts'
import type { TlsChange, TlsHandover } from '../tls/tls.ts'
import type { Ports } from './serving.ts'

export type TargetStates = Record<string, StandingState>

/** What a leader asks of a process that serves for it: a worker, or the generation before its own. */
export type FollowerVerbs = {
  /** Acknowledged when in force. */
  apply(standing: Standing): void | Promise<void>
  observe(states: TargetStates): void
  drained(ids: string[]): Promise<DrainedAnswer['targets']>
  /** Whether anybody reads the lines of requests. */
  watch(watched: boolean): void
  /** What was counted since the last time. */
  measure(nothing: null): Promise<Measurements> | Measurements
  report(nothing: null): Promise<Report> | Report
  tls(change: TlsChange): Promise<void> | void
  /** Ends soon, as at SIGTERM. */
  stop(nothing: null): void
}

/** What a follower tells its leader. */
export type LeaderVerbs = {
  /** What its own requests have shown of targets. */
  seen(states: TargetStates): void
  requests(batch: { lines: string; count: number }): void
  /** What was counted, by a process that is about to end. */
  measured(measurements: Measurements): void
}

/** What a primary asks of a worker beside. */
export type WorkerVerbs = FollowerVerbs & {
  /** How to serve; resolves when it does. */
  begin(start: WorkerStart): Promise<Ports>
  /** Accepts nobody any more, and ends when the last one is gone or the limits have passed. */
  leave(limits: LeaveLimits): void
}
export type WorkerStart = { standing: Standing; tls: TlsHandover | null }
export type LeaveLimits = { limitMs: number; tunnelsMs: number }

/** What a worker tells beside. */
export type WorkerLeaderVerbs = LeaderVerbs & {
  /** It has loaded everything. */
  up(nothing: null): void
}

/** What a successor asks of the process that started it, before it follows. */
export type PredecessorVerbs = FollowerVerbs & {
  /** Everything is loaded: how do you stand? From now on nothing changes there. */
  takeOver(nothing: null): Promise<Handover>
  /** We serve: accept no more. Resolves when nobody is accepted any more. */
  stepDown(nothing: null): void
  /** It cannot start, and why. */
  failed(text: string): void
}

/** What a predecessor tells beside. */
export type SuccessorVerbs = LeaderVerbs & {
  /** It works on no certificate any more. */
  ordersLeft(nothing: null): void
}

export type Handover = { standing: Standing; telemetry: TelemetryHandover; tls: TlsHandover | null }

/** `inFlight` by target id, where there is any. */
export type Report = { processes: RouterProcess[]; inFlight: Record<string, number> }

import type { RequestLog } from '../access-log.ts'
import type { Io } from '../io/io.ts'
import type { OwnAnswers } from '../own-answers.ts'
import type { Routes } from '../router.ts'
import type { Clock } from './clock.ts'
import type { IdleUpstreams } from './idle-upstreams.ts'

/** A client that drips its head is cut off after `headersMs`; whatever is overdue is noticed every `checkEveryMs`. */
export type PlaneLimits = { headersMs: number; checkEveryMs: number }
export const PLANE_LIMITS: PlaneLimits = { headersMs: 10_000, checkEveryMs: 250 }

/** What everything in the data plane shares. */
export type Plane = {
  readonly io: Io
  readonly routes: Routes
  readonly answers: OwnAnswers
  readonly log: RequestLog
  readonly limits: PlaneLimits
  readonly clock: Clock
  readonly idle: IdleUpstreams
  /** Answers say `Connection: close` from now on. */
  stopping: boolean
}

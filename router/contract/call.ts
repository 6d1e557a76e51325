import type { HealthCheckSpec, TargetSpec } from './table.ts'

export type PutTableAnswer = { version: number; appliedMs: number }

/** `POST /probe`: waits until every target is healthy as seen from the router, or the deadline. Does not route anything. */
export type ProbeRequest = { service: string; targets: TargetSpec[]; healthCheck: HealthCheckSpec; deadlineMs: number }

export type ProbeAnswer = {
  healthy: boolean
  targets: { id: string; healthy: boolean; attempts: number; lastError: string | null }[]
}

/** `POST /drained`: waits until these targets have no request in flight, or the limits of their service have passed. */
export type DrainedRequest = { targets: string[] }
export type DrainedAnswer = { targets: { id: string; cut: number }[] }

/** `POST /services/:name/pause` holds requests (at most holdMs, then 503); `/resume` lets them go. */
export type PauseRequest = { holdMs: number }

/** `GET /status` */
export type RouterStatus = {
  version: number
  bootId: string
  startedAt: string
  services: {
    name: string
    paused: boolean
    targets: { id: string; instance: string; state: TargetState; inFlight: number }[]
  }[]
  /** Of all processes together. */
  rssBytes: number
  /** `primary`: answers here; `worker`: serves for it; `leaving`: finishes what it had when a successor took over. */
  processes: RouterProcess[]
}

export type RouterProcess = {
  pid: number
  role: 'primary' | 'worker' | 'leaving'
  rssBytes: number
  /** Of visitors, open at the moment. */
  connections: number
}

/**
 * `POST /restart`: starts the router anew from the files on disk, which takes over the listening sockets; answers when
 * the new process serves, or why it does not and the old one serves on.
 */
export type RestartAnswer = { pid: number; tookMs: number }

export type TargetState = 'adding' | 'healthy' | 'unhealthy' | 'draining'

/** How the control socket refuses (RFC 9457). `code` is stable and reads `noun.reason`. */
export type RouterProblem = { status: number; code: string; title: string; detail: string; fix?: string }

/** The code with which a process refuses that has just been followed by another one: the call is to be repeated. */
export const HANDED_OVER = 'router.handed-over'

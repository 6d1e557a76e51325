import { setTimeout as pause } from 'node:timers/promises'
import { request } from './builtins.ts'
import type { HealthCheckSpec } from './contract/table.ts'
import { codeOf, messageOf } from './log.ts'

export type Address = { host: string; port: number }
export type HealthVerdict = { healthy: boolean; attempts: number; lastError: string | null }

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000
/** Small enough that an app waits for the poller no longer than a tenth of its own boot. */
const PAUSE_GROWTH = 1.1
/** Between successes in a row. */
const CONFIRM_PAUSE_MS = 5
/**
 * An address that does not exist yet swallows the SYN, and the kernel's own retry comes a second later: early attempts
 * give up sooner and knock again.
 */
const FIRST_CONNECT_MS = 250

/** Asks an address once, now or when there is room for it: see `checkOnce`. */
export type Check = typeof checkOnce

/** Polls from 20 ms, growing to 1 s, until `successes` in a row passed or the signal ends it. Never throws. */
export async function untilHealthy(
  address: Address,
  spec: HealthCheckSpec,
  signal: AbortSignal,
  check: Check = checkOnce,
): Promise<HealthVerdict> {
  const verdict: HealthVerdict = { healthy: false, attempts: 0, lastError: null }
  let inARow = 0
  let pauseMs = FIRST_PAUSE_MS
  while (!signal.aborted) {
    const connectMs = Math.min(spec.timeoutMs, FIRST_CONNECT_MS * (1 + verdict.attempts))
    const complaint = await check(address, spec, signal, connectMs)
    if (signal.aborted && complaint !== null) break
    verdict.attempts += 1
    verdict.lastError = complaint
    inARow = complaint === null ? inARow + 1 : 0
    if (inARow >= spec.successes) return { ...verdict, healthy: true }
    await pause(complaint === null ? CONFIRM_PAUSE_MS : pauseMs, undefined, { signal }).catch(() => {})
    pauseMs = complaint === null ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH)
  }
  return verdict
}

/** One connection, one request. Resolves with null when it passed, else with what is wrong. */
export function checkOnce(
  address: Address,
  spec: HealthCheckSpec,
  signal: AbortSignal,
  connectMs = spec.timeoutMs,
): Promise<string | null> {
  return new Promise((resolve) => {
    const probe = request({
      host: address.host,
      port: address.port,
      path: spec.path ?? '/',
      agent: false,
      signal,
      headers: {
        host: spec.host ?? `${address.host}:${address.port}`,
        'user-agent': 'paas-health-check',
        accept: '*/*',
        connection: 'close',
      },
    })
    const timeout = setTimeout(
      () => probe.destroy(new Error(`no answer within ${seconds(spec.timeoutMs)}`)),
      spec.timeoutMs,
    )
    const connecting = setTimeout(
      () => probe.destroy(new Error(`no connection within ${seconds(connectMs)}`)),
      connectMs,
    )
    const finish = (complaint: string | null) => {
      clearTimeout(timeout)
      clearTimeout(connecting)
      resolve(complaint)
    }
    probe.once('socket', (socket) => socket.once('connect', () => clearTimeout(connecting)))
    probe.once('response', (response) => {
      finish(judge(spec, response.statusCode ?? 0))
      response.on('error', () => {})
      response.destroy()
    })
    probe.once('upgrade', (_response, socket) => {
      socket.destroy()
      finish('answered with an upgrade that nobody asked for')
    })
    probe.on('error', (error) => finish(explain(error)))
    probe.end()
  })
}

function judge(spec: HealthCheckSpec, status: number): string | null {
  return spec.path === null || (status >= 200 && status < 400) ? null : `answered ${status}`
}

function explain(error: Error): string {
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return 'connection refused'
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'closed the connection without an answer'
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'address not reachable'
  if (code === 'ETIMEDOUT') return 'no connection: timed out'
  if (code.startsWith('HPE_')) return 'answered something that is not HTTP'
  return messageOf(error)
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${Number((ms / 1_000).toFixed(1))} s`
}

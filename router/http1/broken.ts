import type { FailureCode } from '../failures.ts'
import { codeOf } from '../log.ts'

/** The machine's own shortages say nothing about the target. */
const OWN_FAULTS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL'])

/** How a connection to an app failed. */
export type Broken = {
  code: FailureCode
  /** No connection came about, so the target has seen nothing of the request. */
  unreached: boolean
  /** It broke before a byte of an answer. */
  silent: boolean
}

export const CONNECT_TIMEOUT: Broken = { code: 'H19', unreached: true, silent: true }

/** No connection came about. */
export function notConnected(error: Error | null): Broken {
  const system = codeOf(error)
  const code = OWN_FAULTS.has(system) ? 'H99' : system === 'ETIMEDOUT' ? 'H19' : 'H21'
  return { code, unreached: code !== 'H99', silent: true }
}

import type { AppManifest } from '../plan.ts'
import type { Field } from './field.ts'

type Checks = AppManifest['healthChecks']

const HTTP = ['path', 'timeout', 'attempts', 'wait', 'initialDelay', 'uptime']
const NAMES = ['type', 'name', 'description', ...HTTP]
const NOT_HERE = 'is not looked at by the checks of this box'
const LEFT = {
  ...{ command: NOT_HERE, content: NOT_HERE, httpHeaders: NOT_HERE, listening: NOT_HERE, onFailure: NOT_HERE },
  ...{ port: NOT_HERE, scheme: NOT_HERE, warn: NOT_HERE, host: NOT_HERE },
}
const MAX_CHECKS = 20
const MAX_SECONDS = 3_600
const MAX_ATTEMPTS = 1_000
/** Dokku's, where an app names one of the two. */
const DEFAULTS = { timeout: 5, attempts: 3, wait: 5 }
/** RFC 9112, 3.2.1: what may stand in a request line. */
const PATH = /^\/[!-~]{0,499}$/

/** Of each process type the first check that this box can make. */
export function readHealthChecks(checks: Field): Checks {
  const read = checks.members().flatMap(([type, field]) => {
    const mine = field.list(MAX_CHECKS).map((check) => readCheck(type, check))
    const [first, second] = mine.filter((check) => check !== undefined)
    if (second) field.warn(`${field.path}: only the first check that this box can make is made.`)
    return first ? [[type, first] as const] : []
  })
  return Object.fromEntries(read)
}

function readCheck(type: string, check: Field): Checks[string] | undefined {
  const of = check.object(NAMES, LEFT)
  const kind = of('type').text() ?? 'startup'
  if (kind !== 'startup') {
    check.warn(`${check.path} was left out: there are checks at the start here, none of the type ${kind}.`)
    return undefined
  }
  const uptime = of('uptime').whole(0, MAX_SECONDS)
  const path = of('path').text()
  if (path !== undefined && !PATH.test(path)) of('path').wrong('must be a path such as /health')
  const times = timesOf(of)
  const uptimeMs = milliseconds(uptime)
  if (type === 'web') return { path: path ?? null, ...times, uptimeMs }
  if (path !== undefined) check.warn(`${of('path').path} was left out: only web is asked over HTTP.`)
  return uptimeMs === null ? undefined : { path: null, timeoutMs: null, deadlineMs: null, uptimeMs }
}

/** How long one answer may take, and all attempts together with what lies between them; null is the box's own. */
function timesOf(of: (name: string) => Field): { timeoutMs: number | null; deadlineMs: number | null } {
  const timeout = of('timeout').whole(1, MAX_SECONDS)
  const attempts = of('attempts').whole(1, MAX_ATTEMPTS)
  const wait = of('wait').whole(0, MAX_SECONDS)
  const delay = of('initialDelay').whole(0, MAX_SECONDS)
  const timed = attempts !== undefined || wait !== undefined
  const one = (timeout ?? DEFAULTS.timeout) + (wait ?? DEFAULTS.wait)
  const all = Math.min(MAX_SECONDS, (delay ?? 0) + (attempts ?? DEFAULTS.attempts) * one)
  return { timeoutMs: milliseconds(timeout), deadlineMs: timed ? all * 1_000 : null }
}

function milliseconds(seconds: number | undefined): number | null {
  return seconds === undefined ? null : seconds * 1_000
}

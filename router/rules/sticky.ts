import { createHash } from '../builtins.ts'
import type { Target } from '../target.ts'
import { cookieValues, setCookieLine } from './cookies.ts'
import type { Visit } from './visit.ts'

const COOKIE = 'paas_sticky'
const TOKEN_CHARS = 22
const tokens = new WeakMap<Target, string>()

/** The one among these that a visitor was with before. */
export function formerTarget(targets: readonly Target[], { cookies }: Visit): Target | undefined {
  const values = cookieValues(cookies, COOKIE)
  return values.length === 0 ? undefined : targets.find((target) => values.includes(tokenOf(target)))
}

/** Has the visitor come back to this target; empty when he does already. */
export function stickyLine(target: Target, visit: Visit): string {
  const token = tokenOf(target)
  return cookieValues(visit.cookies, COOKIE).includes(token) ? '' : setCookieLine(COOKIE, token, visit)
}

/** The same in every worker and after a restart, and nothing that leads to the instance. */
function tokenOf(target: Target): string {
  const known = tokens.get(target)
  if (known !== undefined) return known
  const token = createHash('sha256').update(`${COOKIE} ${target.id}`).digest('base64url').slice(0, TOKEN_CHARS)
  tokens.set(target, token)
  return token
}

import type { Role } from '../contract/access.ts'
import type { Permission } from '../contract/route.ts'
import type { TokenScope } from '../contract/user.ts'

/** What one is to an app; a stranger is nothing to it. */
export type Standing = 'stranger' | Role | 'owner'

const STANDINGS: Standing[] = ['stranger', 'viewer', 'developer', 'admin', 'owner']
const SCOPES: TokenScope[] = ['read', 'deploy', 'admin']

type Rule = {
  /** Least token scope; null: no sign-in needed. */
  scope: TokenScope | null
  /** Least standing in the app; `anybody` where no app is asked for. */
  standing: Standing | 'anybody' | 'box owner'
}

/** Secrets can be set by developers and read by admins. */
export const RULES: Record<Permission, Rule> = {
  anyone: { scope: null, standing: 'anybody' },
  user: { scope: 'read', standing: 'anybody' },
  'user:create': { scope: 'deploy', standing: 'anybody' },
  'user:own': { scope: 'admin', standing: 'anybody' },
  'app:view': { scope: 'read', standing: 'viewer' },
  'app:deploy': { scope: 'deploy', standing: 'developer' },
  'app:config': { scope: 'admin', standing: 'developer' },
  'app:secrets': { scope: 'admin', standing: 'admin' },
  'app:run': { scope: 'admin', standing: 'developer' },
  'app:destroy': { scope: 'admin', standing: 'admin' },
  'box:view': { scope: 'read', standing: 'anybody' },
  'box:own': { scope: 'admin', standing: 'box owner' },
}

export function scopeReaches(scope: TokenScope, least: TokenScope): boolean {
  return SCOPES.indexOf(scope) >= SCOPES.indexOf(least)
}

export function standingReaches(standing: Standing, least: Standing): boolean {
  return STANDINGS.indexOf(standing) >= STANDINGS.indexOf(least)
}

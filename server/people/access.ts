import type { z } from 'zod'
import type { Member as MemberSchema, Role } from '../contract/access.ts'
import type { Permission } from '../contract/route.ts'
import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'
import type { Actor } from './actor.ts'
import { Memberships } from './memberships.ts'
import { RULES, type Standing, scopeReaches, standingReaches } from './permissions.ts'

export type OwnedApp = { id: string; ownerId: string }
export type Member = z.infer<typeof MemberSchema>

/**
 * The one place that decides who may do what; every way in (API, git, terminal) asks here. An actor may what both their
 * credential's scope and their standing allow; owners of the box stand as owner to every app.
 */
export class Access {
  readonly #memberships: Memberships

  constructor(db: Database) {
    this.#memberships = new Memberships(db)
  }

  /** `app:*` permissions are never granted without an app. */
  can(actor: Actor, permission: Permission, app?: OwnedApp): boolean {
    const rule = RULES[permission]
    if (rule.scope === null) return true
    if (!scopeReaches(actor.scope, rule.scope)) return false
    if (rule.standing === 'anybody') return true
    if (rule.standing === 'box owner') return ownsBox(actor)
    return app !== undefined && standingReaches(this.#standing(actor, app), rule.standing)
  }

  /** Throws `access.denied` and says whether the token or the role falls short. */
  require(actor: Actor, permission: Permission, app?: OwnedApp): void {
    if (this.can(actor, permission, app)) return
    const least = RULES[permission].scope
    throw least && !scopeReaches(actor.scope, least) ? scopeTooSmall(actor, least) : roleTooSmall(permission)
  }

  /** The owner first, then by name. */
  members(app: OwnedApp): Member[] {
    return this.#memberships.list(app)
  }

  /** Throws `user.not-found`, or `member.owner` for the owner. */
  setMember(app: OwnedApp, userName: string, role: Role): void {
    this.#memberships.set(app, userName, role)
  }

  /** Throws `member.not-found`, or `member.owner` for the owner. */
  removeMember(app: OwnedApp, userName: string): void {
    this.#memberships.remove(app, userName)
  }

  visibleAppIds(actor: Actor): 'all' | Set<string> {
    if (ownsBox(actor)) return 'all'
    return actor.user ? this.#memberships.appsOf(actor.user.id) : new Set()
  }

  #standing(actor: Actor, app: OwnedApp): Standing {
    if (ownsBox(actor) || actor.user?.id === app.ownerId) return 'owner'
    return (actor.user && this.#memberships.role(app.id, actor.user.id)) ?? 'stranger'
  }
}

function ownsBox(actor: Actor): boolean {
  return actor.user === null ? actor.via === 'system' : actor.user.boxOwner
}

function scopeTooSmall(actor: Actor, least: string): PaasError {
  return new PaasError(
    'forbidden',
    'access.denied',
    `This needs a token with scope ${least}; yours has scope ${actor.scope}.`,
    { fix: 'Use a token with a wider scope.', command: `paas tokens:create --scope ${least}` },
  )
}

function roleTooSmall(permission: Permission): PaasError {
  const { standing } = RULES[permission]
  if (standing === 'box owner') {
    return new PaasError('forbidden', 'access.denied', 'Only an owner of the box may do this.', {
      fix: 'Ask an owner of the box.',
    })
  }
  return new PaasError('forbidden', 'access.denied', `This needs the role ${standing} in the app.`, {
    fix: `Ask an owner of the app to make you ${standing}.`,
    command: 'paas access',
  })
}

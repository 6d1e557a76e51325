import type { TokenScope } from '../contract/user.ts'

export type UserRecord = { id: string; name: string; boxOwner: boolean; createdAt: Date }

/** How a request reached us. */
export type Via = 'api' | 'console' | 'ssh' | 'http' | 'system'

/** Who does something, and how much of their power the credential carries. A null user is the platform itself. */
export type Actor = { user: UserRecord | null; scope: TokenScope; via: Via; session?: ActorSession }
/** Of somebody in a browser; times in milliseconds since 1970. */
export type ActorSession = { id: string; confirmedUntil: number }

export const SYSTEM: Actor = { user: null, scope: 'admin', via: 'system' }
export const PLATFORM_NAME = 'paas'

export function actorName(actor: Actor): string {
  return actor.user?.name ?? PLATFORM_NAME
}

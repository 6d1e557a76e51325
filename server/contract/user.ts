import { z } from 'zod'
import { Timestamp, UserName } from './names.ts'
import { PageQuery } from './page.ts'

export const User = z.object({ id: z.string(), name: UserName, boxOwner: z.boolean(), createdAt: Timestamp })
export type User = z.infer<typeof User>

export const TokenScope = z.enum(['read', 'deploy', 'admin'])
export type TokenScope = z.infer<typeof TokenScope>

/** `paas_<id>_<secret>`; days 1 to 365. */
export const Token = z.object({
  id: z.string(),
  description: z.string(),
  scope: TokenScope,
  createdAt: Timestamp,
  expiresAt: Timestamp,
  lastUsedAt: Timestamp.nullable(),
})
export type Token = z.infer<typeof Token>
export const TOKEN_DAYS_DEFAULT = 90
export const TOKEN_DAYS_MAX = 365
export const CreateToken = z.object({
  description: z.string().min(1).max(100),
  scope: TokenScope.default('admin'),
  days: z.int().min(1).max(TOKEN_DAYS_MAX).default(TOKEN_DAYS_DEFAULT),
})
/** The secret is shown this once. */
export const CreatedToken = Token.extend({ secret: z.string() })

export const Claim = z.object({
  secret: z.string().min(1).max(200),
  user: UserName,
  device: z.string().max(100).default('cli'),
})
export const Claimed = z.object({ user: User, token: CreatedToken })

export const CreateUser = z.object({ name: UserName })
export const CreatedUser = z.object({ user: User, token: CreatedToken })

/** An OpenSSH public key line, with or without a comment. */
export const Key = z.object({
  fingerprint: z.string(),
  type: z.string(),
  comment: z.string(),
  createdAt: Timestamp,
  lastUsedAt: Timestamp.nullable(),
})
export type Key = z.infer<typeof Key>
export const AddKey = z.object({ publicKey: z.string().min(1).max(16_384) })

export const ActivityQuery = PageQuery.extend({
  /** Who did it. */
  by: z.string().min(1).max(40).optional(),
  /** What stands before the dot of its action. */
  kind: z
    .string()
    .regex(/^[a-z-]{1,40}$/, 'use the first word of an action, such as release')
    .optional(),
  /** From this moment on, and before that one. */
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
})

export const ActivityOfAllQuery = ActivityQuery.extend({
  /** Its name, now or then. */
  app: z.string().min(1).max(100).optional(),
})

export const Activity = z.object({
  id: z.int(),
  at: Timestamp,
  by: z.string(),
  via: z.enum(['api', 'console', 'ssh', 'http', 'system']),
  app: z.string().nullable(),
  action: z.string(),
  detail: z.string(),
})
export type Activity = z.infer<typeof Activity>

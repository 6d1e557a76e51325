import { z } from 'zod'
import { Timestamp, UserName } from './names.ts'
import { User } from './user.ts'

export const PASSWORD_MIN = 12
export const PASSWORD_MAX = 128
/** Any characters: a sentence is better than a word with a digit. */
export const Password = z
  .string()
  .min(PASSWORD_MIN, `use at least ${PASSWORD_MIN} characters`)
  .max(PASSWORD_MAX, `use at most ${PASSWORD_MAX} characters`)
const givenPassword = z.string().min(1).max(PASSWORD_MAX)

/** A browser that is signed in. */
export const Session = z.object({
  id: z.string(),
  /** `Firefox on Linux` */
  device: z.string(),
  /** Of IPv6 the network only. */
  address: z.string(),
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  expiresAt: Timestamp,
  /** True for the one that asks. */
  current: z.boolean(),
})
export type Session = z.infer<typeof Session>

/** `confirmedUntil`: so long nothing asks for the password again. */
export const CurrentSession = z.object({ user: User, id: z.string(), confirmedUntil: Timestamp })
export type CurrentSession = z.infer<typeof CurrentSession>

export const SetUp = z.object({ secret: z.string().min(1).max(200), user: UserName, password: Password })
export const SignIn = z.object({ user: z.string().min(1).max(40), password: givenPassword })
export const ConfirmSession = z.object({ password: givenPassword })
/** `current` is asked for in a session, not of a token. */
export const SetPassword = z.object({ password: Password, current: givenPassword.optional() })

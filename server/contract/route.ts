import { z } from 'zod'
import { AppName } from './names.ts'

/**
 * Who may call a route. `app:*` permissions are asked of the app that `:app` names; an app one may not see is not found.
 * A route without one cannot be written: the type demands it, and the server checks again at start.
 */
export const PERMISSIONS = [
  'anyone',
  'user',
  /** Makes apps: not for read tokens. */
  'user:create',
  /** Changes one's own keys and tokens: for admin tokens only, or a lesser token could make a greater one. */
  'user:own',
  'app:view',
  'app:deploy',
  'app:config',
  'app:secrets',
  'app:run',
  'app:destroy',
  'box:view',
  'box:own',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export type Route = {
  summary: string
  permission: Permission
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  response: z.ZodType
  /** For whoever sends a body with a mistake, beside what the mistake is. */
  help?: { fix: string; command: string }
  /** The answer is a stream of `response`: server-sent events, or NDJSON when asked by Accept. */
  stream?: true
  /** Of a session: only within 10 minutes after the password was given (`session.unconfirmed`). Tokens are asked nothing. */
  sudo?: true
  /** The answer is a file, sent as it comes; not JSON. */
  download?: true
  /** The body is a file, read as it comes; not JSON. */
  upload?: true
  /** 200 unless said otherwise. */
  status?: 200 | 201 | 202 | 204
}

/** The params of whatever belongs to an app. */
export const app = z.object({ app: AppName })
/** Of 204. */
export const nothing = z.null()

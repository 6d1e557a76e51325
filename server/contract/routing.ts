import { z } from 'zod'
import { HostName, Timestamp } from './names.ts'

const DAY_SECONDS = 86_400
/** A page goes into the router's table, and is held in memory for as long as the app is there. */
export const PAGE_MAX_BYTES = 64 * 1024
export const AUTH_USERS_MAX = 50
export const HEADERS_MAX = 30
/** Names and values of an app's headers together. */
export const HEADERS_MAX_BYTES = 16 * 1024
export const ALLOW_MAX = 200
/** Requests that wait for an instance of an app with a concurrency limit, for each instance. */
export const QUEUE_DEFAULT = 50

/** `192.0.2.1`, `10.0.0.0/8`, and the same of IPv6. */
export const AddressRange = z.union(
  [z.ipv4(), z.cidrv4(), z.ipv6(), z.cidrv6()],
  'use an address or a range, such as 192.0.2.1 or 10.0.0.0/8',
)

/** Frame the message, belong to one hop, are said by the router, or have a setting of their own. */
const NO_HEADERS_OF_ONES_OWN =
  /^(?:connection|content-encoding|content-length|content-range|date|http2-settings|keep-alive|proxy-[a-z-]+|set-cookie|strict-transport-security|te|trailer|transfer-encoding|upgrade)$/
const HeaderName = z
  .string()
  .max(100)
  .toLowerCase()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'use a header name such as x-frame-options')
  .refine((name) => !NO_HEADERS_OF_ONES_OWN.test(name), 'this header cannot be set')
const HeaderValue = z
  .string()
  .trim()
  .max(4_096)
  .regex(/^[\x20-\x7e]*$/, 'use one line of ASCII')
/** RFC 7617 section 2: a colon ends the name. */
const AuthUser = z.string().regex(/^[\x21-\x39\x3b-\x7e]{1,64}$/, 'use 1 to 64 ASCII characters, neither spaces nor :')
const AuthPassword = z
  .string()
  .min(8, 'use at least 8 characters')
  .max(128, 'use at most 128 characters')
  .regex(/^\P{Cc}*$/u, 'use no control characters')
const Page = z
  .string()
  .min(1, 'the page is empty')
  .refine((page) => new TextEncoder().encode(page).length <= PAGE_MAX_BYTES, 'a page may have 64 KB')

const seconds = (least: number, most: number) =>
  z
    .int(`use ${least} to ${most} seconds`)
    .min(least, `use ${least} to ${most} seconds`)
    .max(most, `use ${least} to ${most} seconds`)
const whole = (least: number, most: number) =>
  z.int(`use ${least} to ${most}`).min(least, `use ${least} to ${most}`).max(most, `use ${least} to ${most}`)

/** What can be set and shown as it is. */
const values = {
  /** A visitor stays with one instance, by a cookie, as long as it serves. */
  sticky: z.boolean(),
  /** Requests in flight at each instance, and how many may wait for each; null: no limit. */
  concurrency: z
    .strictObject({ perInstance: whole(1, 10_000), queue: whole(0, 10_000).default(QUEUE_DEFAULT) })
    .nullable(),
  /** Requests for the other hosts of the app are sent on to this one. */
  canonicalHost: HostName.refine((host) => !host.startsWith('*'), 'name one host').nullable(),
  /** What browsers show when they ask for the password; null: the app's name. */
  authRealm: z
    .string()
    .regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'use up to 100 ASCII characters, neither " nor \\')
    .nullable(),
  /** Everybody else gets 403; empty: everybody may come. */
  allow: z.array(AddressRange).max(ALLOW_MAX, `name at most ${ALLOW_MAX} addresses and ranges`),
  /** Of one client address: `burst` at once, then `perSecond`. */
  rateLimit: z.strictObject({ perSecond: whole(1, 100_000), burst: whole(1, 100_000) }).nullable(),
  /** Bytes of a request's body; null: no limit. */
  maxBody: whole(1, 2 ** 40).nullable(),
  /** gzip, br or zstd for compressible types. */
  compress: z.boolean(),
  /** HTML in place of the router's own pages. */
  errorPage: Page.nullable(),
  maintenancePage: Page.nullable(),
  /** Header names with an underscore are passed on. */
  underscores: z.boolean(),
  /** Seconds, all of them. */
  connectTimeout: seconds(1, 75),
  firstByteTimeout: seconds(1, 3_600),
  idleTimeout: seconds(1, DAY_SECONDS),
  websocketIdleTimeout: seconds(1, DAY_SECONDS),
  /** How long requests of an instance that goes may take until they are cut. */
  drainTimeout: seconds(0, 600),
  /** auto: certificates are ordered; custom: one's own alone; off: plain HTTP alone. Means nothing where the box has no TLS. */
  tls: z.enum(['auto', 'custom', 'off']),
  /** Plain requests are sent on to https, as soon as there is a certificate. */
  httpsRedirect: z.boolean(),
  /** Strict-Transport-Security in seconds; 0: none. */
  hsts: seconds(0, 2 * 365 * DAY_SECONDS),
}

const RoutingValues = z.object(values)

/** How the router treats an app's requests. Passwords are never shown. */
export const Routing = RoutingValues.extend({
  /** Names of those who get in with a password; empty: everybody does. */
  auth: z.array(z.string()),
  /** In place of the app's own of the same name. */
  headers: z.record(z.string(), z.string()),
})
export type Routing = z.infer<typeof Routing>
export type RoutingName = keyof Routing

export const RoutingSettings = z.object({ settings: Routing, defaults: Routing })

const nullable = Object.fromEntries(
  Object.entries(values).map(([name, schema]) => [name, schema.nullable().optional()]),
)

/** Each password costs 50 ms: a request names no more than an app may have. */
function atMost<Names extends z.ZodRecord>(most: number, names: Names): Names {
  return names.refine((given) => Object.keys(given).length <= most, `name at most ${most}`)
}

/** What is named changes, null goes back to the default; within `auth` and `headers` the same holds for each name. */
export const UpdateRouting = z.strictObject({
  ...(nullable as { [Name in keyof typeof values]: z.ZodOptional<z.ZodNullable<(typeof values)[Name]>> }),
  /** Names with their passwords, which are hashed on arrival. */
  auth: atMost(AUTH_USERS_MAX, z.record(AuthUser, AuthPassword.nullable())).nullable().optional(),
  headers: atMost(HEADERS_MAX, z.record(HeaderName, HeaderValue.nullable())).nullable().optional(),
})
export type UpdateRouting = z.infer<typeof UpdateRouting>

/** `/api`, which takes `/api` and all below it, not `/apiary`. */
const PathPrefix = z
  .string()
  .max(200)
  .regex(
    /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+\/?$/,
    'use a path such as /api, without empty, . or .. parts, % or ?',
  )

export const AddPathRoute = z.strictObject({
  /** A host of this app, or of another one of the same owner. */
  host: z.string().min(1).max(253),
  prefix: PathPrefix,
  /** The app sees the path without the prefix, and the prefix as X-Forwarded-Prefix. */
  strip: z.boolean().default(false),
})

export const PathRoute = z.object({
  host: z.string(),
  prefix: z.string(),
  strip: z.boolean(),
  /** Who serves it. */
  app: z.string(),
  /** Who has the host. */
  hostApp: z.string(),
  createdAt: Timestamp,
})
export type PathRoute = z.infer<typeof PathRoute>

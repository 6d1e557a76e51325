import type { PathRoute, Routing, UpdateRouting } from '../server/contract/routing.ts'
import { type Handlers, Refusal } from './test-box.ts'
import { TIME } from './test-shop.ts'

const DEFAULTS: Routing = {
  sticky: false,
  concurrency: null,
  canonicalHost: null,
  auth: [],
  authRealm: null,
  allow: [],
  rateLimit: null,
  maxBody: null,
  compress: false,
  headers: {},
  errorPage: null,
  maintenancePage: null,
  underscores: false,
  connectTimeout: 5,
  firstByteTimeout: 60,
  idleTimeout: 60,
  websocketIdleTimeout: 3_600,
  drainTimeout: 30,
  tls: 'auto',
  httpsRedirect: true,
  hsts: 0,
}
const PATH: PathRoute = {
  host: 'www.shop.com',
  prefix: '/blog',
  strip: true,
  app: 'blog',
  hostApp: 'shop',
  createdAt: TIME,
}

/** The routing of the one app, as far as the command line can tell. */
export function routingHandlers(): Handlers {
  let settings = DEFAULTS
  return {
    'routing.show': () => ({ settings, defaults: DEFAULTS }),
    'routing.update': ({ body }) => {
      const { auth, headers, ...values } = body as UpdateRouting
      if (values.canonicalHost) throw new Refusal({ status: 422, code: 'routing.invalid', detail: 'No such host.' })
      const named = Object.entries({ auth, headers, ...values }).filter(([, value]) => value !== undefined)
      const shown = named.map(([name, value]) => {
        if (value === null) return [name, DEFAULTS[name as keyof Routing]]
        return [name, name === 'auth' ? Object.keys(auth ?? {}).filter((user) => auth?.[user] !== null) : value]
      })
      settings = { ...settings, ...Object.fromEntries(shown) }
      return { settings: { ...settings, headers: withoutNull(settings.headers) }, defaults: DEFAULTS }
    },
    'paths.list': () => ({ items: [PATH], next: null }),
    'paths.add': ({ body }) => ({ ...PATH, ...(body as object) }),
    'paths.remove': () => null,
  }
}

function withoutNull(headers: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null))
}

import type { z } from 'zod'
import type { Box } from '../server/contract/box.ts'
import type { Instance } from '../server/contract/formation.ts'
import type { CreatedRun } from '../server/contract/run.ts'
import { type Handlers, Refusal, TOKEN } from './test-box.ts'
import { type Shop, TIME } from './test-shop.ts'

const USER = { id: 'usr_1', name: 'ada', boxOwner: true, createdAt: TIME }
const CERTIFICATE = {
  ...{ name: 'www.shop.com', names: ['www.shop.com'], source: 'auto', state: 'failed', reason: 'Add an A record.' },
  ...{ nextTryAt: TIME, issuer: null, notAfter: null, alarm: null },
} as const
const ACCESS_TOKEN = {
  id: 'tok1',
  description: 'cli',
  scope: 'admin',
  createdAt: TIME,
  expiresAt: '2027-01-02T10:00:00.000Z',
  lastUsedAt: null,
}

function instance(type: string): Instance {
  return {
    id: 'ins_1',
    name: `${type}.1`,
    type,
    release: 9,
    state: 'up',
    since: TIME,
    restarts: 0,
    lastExit: null,
    command: 'npm start',
    memoryBytes: null,
    cpuCores: null,
  }
}

function box(shop: Shop): Box {
  return {
    version: '0.1.0',
    claimed: shop.claimed,
    baseDomain: 'example.com',
    engine: { name: 'embedded', version: '1', isolates: false, available: true, reason: null },
    router: { available: true, version: 3, reason: null },
    ssh: { host: 'box.example.com', port: 2222, fingerprint: 'SHA256:abc' },
    apps: 1,
    instances: 1,
    disk: { freeBytes: 3 * 2 ** 30, totalBytes: 8 * 2 ** 30 },
    memory: { freeBytes: 2 ** 30, totalBytes: 4 * 2 ** 30, serverBytes: 90 * 2 ** 20, routerBytes: null },
    startedAt: TIME,
  }
}

const page = <Item>(items: Item[]) => ({ items, next: null })

/** A box with one app, one user and one token; every operation answers as the contract says. */
export function shopHandlers(shop: Shop): Handlers {
  const secret = { ...ACCESS_TOKEN, secret: TOKEN }
  const app = ({ params }: { params: Record<string, string> }) => {
    if (params['app'] === shop.name) return shop
    throw new Refusal({
      status: 404,
      code: 'app.not-found',
      detail: `There is no app ${params['app']}.`,
      fix: 'See which apps there are.',
      command: 'paas apps',
    })
  }
  return {
    'box.hello': () => ({ name: 'paas', version: '0.1.0', claimed: shop.claimed }),
    'box.claim': ({ body }) => {
      const { secret: given, user } = body as { secret: string; user: string }
      if (given !== 'claim-me')
        throw new Refusal({ status: 403, code: 'claim.wrong', detail: 'That is not the claim secret.' })
      shop.claimed = true
      return { user: { ...USER, name: user }, token: secret }
    },
    'box.info': () => box(shop),
    'users.me': () => USER,
    'users.list': () => page([USER]),
    'users.create': ({ body }) => ({ user: { ...USER, ...(body as object) }, token: secret }),
    'users.remove': () => null,
    'keys.list': () =>
      page([
        { fingerprint: 'SHA256:abc', type: 'ssh-ed25519', comment: 'ada@laptop', createdAt: TIME, lastUsedAt: null },
      ]),
    'keys.add': () => ({
      fingerprint: 'SHA256:abc',
      type: 'ssh-ed25519',
      comment: 'ada@laptop',
      createdAt: TIME,
      lastUsedAt: null,
    }),
    'keys.remove': () => null,
    'tokens.list': () => page([ACCESS_TOKEN]),
    'tokens.create': () => secret,
    'tokens.revoke': () => null,
    'apps.list': () => page([shop.app()]),
    'apps.create': ({ body }) => {
      shop.name = (body as { name?: string }).name ?? 'calm-river-12'
      return shop.app()
    },
    'apps.info': (request) => app(request).app(),
    'apps.update': (request) => {
      Object.assign(app(request), request.body)
      return shop.app()
    },
    'apps.destroy': (request) => void app(request),
    'members.list': (request) => page(app(request).members),
    'members.add': ({ body }) => body,
    'members.remove': () => null,
    'config.list': (request) => ({ vars: app(request).vars }),
    'config.update': (request) => {
      const { vars } = request.body as { vars: Record<string, string | null> }
      for (const [name, value] of Object.entries(vars)) {
        if (value === null) delete app(request).vars[name]
        else app(request).vars[name] = value
      }
      return { vars: shop.vars, ...shop.nextRelease() }
    },
    'formation.list': (request) => page(app(request).processes),
    'formation.scale': (request) => {
      const { changes } = request.body as { changes: { type: string; quantity?: number; change?: number }[] }
      for (const { type, quantity, change = 0 } of changes) {
        const found = app(request).processes.find((one) => one.type === type)
        if (found) found.quantity = quantity ?? found.quantity + change
      }
      return page(shop.processes)
    },
    'instances.list': (request) => page([instance('web')].filter(() => app(request))),
    'instances.restart': () => page([instance('web')]),
    'releases.list': (request) => page([shop.releaseInfo(app(request).release), shop.releaseInfo(8)]),
    'releases.info': ({ params }) => shop.releaseInfo(Number(params['release'])),
    'releases.rollback': () => shop.nextRelease(),
    'deploys.info': () => shop.deploy('live'),
    'deploys.watch': () =>
      iterate([
        ...shop.deployStates.map((state) => shop.deploy(state)),
        shop.deploy(shop.deployReason ? 'failed' : 'draining'),
      ]),
    'builds.list': () => page([shop.build()]),
    'builds.info': () => shop.build(),
    'builds.output': () => iterate(shop.buildLines.map((text, n) => ({ n, text }))),
    'builds.cancel': () => shop.build(),
    'cron.list': () => page(shop.cronJobs()),
    'cron.run': () => ({ ...createdRun(shop, { command: ['node tick.js'], detached: true }), name: 'cron.1' }),
    'runs.create': ({ body }): z.input<typeof CreatedRun> =>
      createdRun(shop, body as { command: string[]; detached: boolean }),
    'runs.exec': ({ body }): z.input<typeof CreatedRun> => ({
      ...createdRun(shop, { command: ['sh'], detached: false, ...(body as object) }),
      ...{ name: 'exec.1', instance: 'web.1' },
    }),
    'runs.list': () => page([{ ...createdRun(shop, { command: ['ls'], detached: true }), ticket: undefined }]),
    'runs.stop': () => null,
    'domains.list': (request) => page(app(request).domains),
    'domains.add': ({ body }) => ({ host: (body as { host: string }).host, kind: 'custom', createdAt: TIME }),
    'domains.remove': () => null,
    'domains.check': ({ params }) => ({ name: params['host'] ?? '', ready: true, reason: '', addresses: [] }),
    'certs.all': () => page([{ ...CERTIFICATE, app: null }]),
    'certs.list': () => page([CERTIFICATE]),
    'certs.add': () => ({ name: 'shop', names: ['www.shop.com'], notAfter: TIME, warnings: ['It is self-signed.'] }),
    'certs.remove': () => null,
    'logs.read': () =>
      iterate([1, 2].map((n) => ({ cursor: String(n), at: TIME, source: 'app', process: 'web.1', text: `line ${n}` }))),
    'activity.all': () =>
      page([
        { id: 2, at: TIME, by: 'ada', via: 'console', app: null, action: 'box.update', detail: 'base domain' },
        { id: 1, at: TIME, by: 'ada', via: 'api', app: 'shop', action: 'config.set', detail: 'FOO' },
      ]),
    'activity.list': () =>
      page([{ id: 1, at: TIME, by: 'ada', via: 'api', app: 'shop', action: 'config.set', detail: 'FOO' }]),
  }
}

function createdRun(shop: Shop, { command, detached }: { command: string[]; detached: boolean }) {
  return {
    id: 'run_1',
    name: 'run.4821',
    app: shop.name,
    instance: null,
    state: 'running' as const,
    command,
    by: 'ada',
    createdAt: TIME,
    exitCode: null,
    ticket: detached ? null : 'ticket-1',
  }
}

async function* iterate<T>(values: T[]): AsyncGenerator<T> {
  yield* values
}

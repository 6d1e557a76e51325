import type { OperationId } from '../server/contract/paths.ts'

/** What the schema of each operation accepts, so that only the permission can refuse it. */
export const BODIES: Partial<Record<OperationId, unknown>> = {
  'box.claim': { secret: 'x', user: 'eve' },
  'acme.putZone': { provider: 'cloudflare', settings: { token: 'x' } },
  'session.setUp': { secret: 'x', user: 'eve', password: 'correct horse battery' },
  'session.signIn': { user: 'eve', password: 'x' },
  'session.confirm': { password: 'x' },
  'password.set': { password: 'correct horse battery' },
  'users.create': { name: 'eve' },
  'keys.add': { publicKey: 'ssh-ed25519 AAAA' },
  'tokens.create': { description: 'more' },
  'apps.create': { name: 'eves' },
  'apps.update': { maintenance: true },
  'members.add': { user: 'mallory', role: 'admin' },
  'config.update': { vars: { STOLEN: '1' } },
  'formation.scale': { changes: [{ type: 'web', quantity: 0 }] },
  'buildpacks.set': { buildpacks: ['go'] },
  'buildpacks.add': { buildpack: 'go' },
  'builds.fromImage': { image: 'registry.example.com/shop:1' },
  'builds.fromGit': { url: 'https://git.example.com/shop.git' },
  'runs.exec': { tty: null },
  'runs.create': { command: ['id'], tty: null, detached: true },
  'addons.create': { service: 'postgres' },
  'addons.endSessions': {},
  'addons.changeExtension': { name: 'pg_trgm', state: 'added' },
  'addons.changeSettings': { settings: {} },
  'addons.client': { tty: null },
  'addons.tunnel': { port: 5432 },
  'addons.upgrade': { to: 'y', rehearse: true },
  'addons.importFrom': { url: 'postgres://u:p@db.example.com/shop' },
  'addons.copy': { to: 'y' },
  'addons.fork': {},
  'domains.add': { host: 'www.example.com' },
  'paths.add': { host: 'www.shop.test', prefix: '/stolen' },
  'certs.add': { chain: 'x', key: 'x' },
  'archives.restore': { secondsAgo: 600 },
  'backups.schedule': { pattern: '0 2 * * *' },
  'backups.setStore': { kind: 'local' },
}

/** As `BODIES`, for what is asked in the address. The app is `shop` unless told otherwise. */
export function queryOf(id: OperationId, app = 'shop'): string {
  if (id === 'buildpacks.remove') return '?buildpack=go'
  return id === 'apps.destroy' || id === 'addons.destroy' ? `?confirm=${app}` : ''
}

/** Of things that there are in no box. */
export const PARAMS = {
  ...{
    app: 'shop',
    user: 'bob',
    release: 1,
    deploy: 'd',
    build: 'b',
    run: 'r',
    job: 1,
    host: 'a.b',
    zone: 'example.com',
  },
  ...{
    path: 'a.b/c',
    key: 'k',
    token: 't',
    backup: 'b001',
    restore: 'r001',
    transfer: 'c001',
    session: 's',
    addon: 'x',
  },
  ...{ attachment: 'DATABASE', report: 'ps' },
}

/** There are more operations than one address may try in a minute without a token: each is asked from one of its own. */
export function addressOf(id: OperationId, operations: readonly OperationId[]): Record<string, string> {
  return { 'x-forwarded-for': `192.0.2.${operations.indexOf(id) % 250}` }
}

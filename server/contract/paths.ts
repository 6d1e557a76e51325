/**
 * Every endpoint's method and path below /api/v1. Apart from routes.ts so that clients can name an endpoint without
 * carrying the schemas.
 */
export const paths = {
  'box.hello': 'GET /',
  'box.claim': 'POST /claim',
  'box.info': 'GET /box',
  'users.me': 'GET /user',
  'users.list': 'GET /users',
  'users.create': 'POST /users',
  'users.remove': 'DELETE /users/:user',
  'keys.list': 'GET /keys',
  'keys.add': 'POST /keys',
  'keys.remove': 'DELETE /keys/:key',
  'tokens.list': 'GET /tokens',
  'tokens.create': 'POST /tokens',
  'tokens.revoke': 'DELETE /tokens/:token',
  'apps.list': 'GET /apps',
  'apps.create': 'POST /apps',
  'apps.info': 'GET /apps/:app',
  'apps.update': 'PATCH /apps/:app',
  'apps.destroy': 'DELETE /apps/:app',
  'members.list': 'GET /apps/:app/members',
  'members.add': 'POST /apps/:app/members',
  'members.remove': 'DELETE /apps/:app/members/:user',
  'config.list': 'GET /apps/:app/config',
  'config.update': 'PATCH /apps/:app/config',
  'formation.list': 'GET /apps/:app/formation',
  'formation.scale': 'PATCH /apps/:app/formation',
  'instances.list': 'GET /apps/:app/instances',
  'instances.restart': 'POST /apps/:app/restart',
  'releases.list': 'GET /apps/:app/releases',
  'releases.info': 'GET /apps/:app/releases/:release',
  'releases.rollback': 'POST /apps/:app/rollback',
  'deploys.info': 'GET /apps/:app/deploys/:deploy',
  'deploys.watch': 'GET /apps/:app/deploys/:deploy/events',
  'builds.list': 'GET /apps/:app/builds',
  'builds.info': 'GET /apps/:app/builds/:build',
  'builds.output': 'GET /apps/:app/builds/:build/output',
  'builds.cancel': 'POST /apps/:app/builds/:build/cancel',
  'runs.create': 'POST /apps/:app/runs',
  'runs.list': 'GET /apps/:app/runs',
  'runs.stop': 'DELETE /apps/:app/runs/:run',
  'domains.list': 'GET /apps/:app/domains',
  'domains.add': 'POST /apps/:app/domains',
  'domains.remove': 'DELETE /apps/:app/domains/:host',
  'logs.read': 'GET /apps/:app/logs',
  'activity.list': 'GET /apps/:app/activity',
} as const satisfies Record<string, `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`>

export type OperationId = keyof typeof paths

export const API_PREFIX = '/api/v1'

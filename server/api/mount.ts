import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { AppRecord } from '../apps/apps.ts'
import { type OperationId, paths } from '../contract/paths.ts'
import { PERMISSIONS, type Permission, type Route } from '../contract/route.ts'
import { routes } from '../contract/routes.ts'
import { PaasError } from '../errors.ts'
import { deviceName } from '../people/device.ts'
import type { Authentication } from './authenticate.ts'
import { type Download, sendDownload } from './download.ts'
import type { Handlers, SignedIn } from './handler.ts'
import type { Answer, Idempotency } from './idempotency.ts'
import { whileAllowed } from './lasting-access.ts'
import type { ApiServices } from './services.ts'
import { SessionCookie } from './session-cookie.ts'
import { sendStream } from './stream.ts'
import { validate } from './validate.ts'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
/** What a handler is once its own types are left behind. */
type Operation = { id: OperationId; route: Route; handle: (call: unknown) => unknown }
type Caller = { actor?: SignedIn; app?: AppRecord }

type MountServices = Pick<ApiServices, 'access' | 'apps' | 'recheckMs'> & {
  authentication: Authentication
  idempotency: Idempotency
}

/** Their answers hold what is shown once; it is not stored for repeats. */
const SECRET_ANSWERS: ReadonlySet<OperationId> = new Set([
  'tokens.create',
  'users.create',
  'runs.create',
  'runs.exec',
  'backups.key',
  'addons.client',
  'addons.tunnel',
])

/** The only way to serve an operation. Throws at the start when one has no handler or no permission. */
export function mount(handlers: Handlers<OperationId>, services: MountServices): Router {
  const router = Router({ strict: true, caseSensitive: true })
  for (const id of Object.keys(paths) as OperationId[]) {
    const [method, path] = paths[id].split(' ') as [string, string]
    router[method.toLowerCase() as Method](path, serve(operation(id, handlers), services))
  }
  return router
}

function operation(id: OperationId, handlers: Handlers<OperationId>): Operation {
  const route: Route | undefined = routes[id]
  const handle = handlers[id] as Operation['handle'] | undefined
  if (!handle) throw new Error(`the operation ${id} has no handler`)
  if (!PERMISSIONS.includes(route?.permission)) throw new Error(`the operation ${id} has no permission`)
  return { id, route, handle }
}

function serve(operation: Operation, services: MountServices): RequestHandler {
  const { route } = operation
  return async (request, response) => {
    const actor = identify(request, response, route.permission, services)
    const parts = {
      params: { schema: route.params, value: request.params },
      query: { schema: route.query, value: request.query },
      body: { schema: route.body, value: jsonBody(request, route) },
    }
    const input = validate(parts, route.help)
    const caller = authorize(actor, input, route.permission, services)
    if (route.sudo) requireConfirmed(actor)
    const gone = goneSignal(response)
    const isAllowed = () => stillAllowed(request, caller, route.permission, services)
    const signal = route.stream || route.download ? whileAllowed(gone, isAllowed, services.recheckMs) : gone
    const lastEventId = request.get('Last-Event-ID')
    const content = route.upload && fileOf(request)
    const from = { address: request.ip ?? '-', device: deviceName(request.get('User-Agent')) }
    const cookie = new SessionCookie(request, response)
    const call = { ...input, ...caller, ...from, cookie, content, isAllowed, signal, lastEventId }
    if (route.stream) {
      const values = operation.handle(call) as AsyncIterable<unknown>
      return await sendStream(request, response, values, { schema: route.response, signal })
    }
    if (route.download) return await sendDownload(response, (await operation.handle(call)) as Download, signal)
    send(response, await answer(operation, request, call, services))
  }
}

function identify(
  request: Request,
  response: Response,
  permission: Permission,
  { authentication }: MountServices,
): SignedIn | undefined {
  if (permission !== 'anyone') return authentication.signedIn(request, response)
  authentication.anybody(request, response)
  return undefined
}

/** Whether this caller may do this, and to which app. What one may not see does not exist. */
function authorize(
  actor: SignedIn | undefined,
  input: Record<string, unknown>,
  permission: Permission,
  { access, apps }: MountServices,
): Caller {
  if (!actor) return {}
  if (permission.startsWith('app:')) {
    return { actor, app: apps.getFor(actor, (input['params'] as { app: string }).app, permission) }
  }
  access.require(actor, permission)
  return { actor }
}

/** Somebody may sit at a browser that another one left open: what cannot be taken back asks for the password again. */
function requireConfirmed(actor: SignedIn | undefined): void {
  if (!actor?.session || actor.session.confirmedUntil > Date.now()) return
  throw new PaasError('forbidden', 'session.unconfirmed', 'This needs your password again: it was given long ago.', {
    fix: 'Give it, and try again; it counts for 10 minutes.',
  })
}

function stillAllowed(
  request: Request,
  { app }: Caller,
  permission: Permission,
  { access, apps, authentication }: MountServices,
): boolean {
  const actor = authentication.stillSignedIn(request)
  const present = app && apps.findById(app.id)
  return actor !== undefined && (app === undefined || present !== undefined) && access.can(actor, permission, present)
}

async function answer(
  { id, route, handle }: Operation,
  request: Request,
  call: Caller & Record<string, unknown>,
  { idempotency }: MountServices,
): Promise<Answer> {
  const work = async (): Promise<Answer> => {
    const result = await handle(call)
    return { status: route.status ?? 200, body: route.response.parse(result) }
  }
  const key = request.get('Idempotency-Key')
  if (key === undefined || request.method !== 'POST' || !call.actor) return await work()
  const attempt = { operation: id, request: [request.path, call['body']], secret: SECRET_ANSWERS.has(id) }
  return await idempotency.once({ userId: call.actor.user.id, key, ...attempt }, work)
}

function send(response: Response, { status, body }: Answer): void {
  response.status(status)
  if (status === 204) response.end()
  else response.json(body)
}

function jsonBody(request: Request, route: Route): unknown {
  if (!route.body || request.body !== undefined) return request.body
  if (request.get('Content-Type') === undefined) return {}
  throw new PaasError('invalid', 'request.not-json', 'The body must be JSON.', {
    fix: 'Send it with the header Content-Type: application/json.',
  })
}

/** Left open when the reader has had enough: the sender is still to be answered. */
function fileOf(request: Request): AsyncIterable<Uint8Array> {
  if (request.body === undefined) return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) }
  throw new PaasError('invalid', 'request.not-file', 'The body must be the file itself, not JSON.', {
    fix: 'Send it with the header Content-Type: application/x-tar.',
  })
}

function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return gone.signal
}

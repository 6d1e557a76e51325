import type { ChildProcess } from 'node:child_process'
import { basename, dirname } from 'node:path'
import type { Request, RequestHandler, Response } from 'express'
import type { Apps } from '../apps/apps.ts'
import { PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../people/actor.ts'
import type { Tokens } from '../people/tokens.ts'
import { parseAppPath } from './app-path.ts'
import { CgiAnswer } from './cgi.ts'
import type { GitService, RefsRequest } from './git-session.ts'
import { tokenOf } from './http-credentials.ts'
import { join } from './join.ts'
import { Lines } from './lines.ts'
import type { PushHandler } from './push.ts'
import { PushHints } from './push-hints.ts'
import { refusalText } from './refusal.ts'

/** A client that neither reads nor writes for this long is gone; receive-pack itself says something every 5 s. */
const IDLE_MS = 120_000

type GitHttpOptions = { tokens: Pick<Tokens, 'authenticate'>; apps: Pick<Apps, 'find'>; push: PushHandler; log: Log }

type GitRequest = { app: string; endpoint: 'info/refs' | GitService; service: GitService }

/** Smart HTTP below the path where it is mounted: `/<app>.git/...`, a token as the password. Before any body parser. */
export function gitHttpHandler({ tokens, push, log }: GitHttpOptions): RequestHandler {
  return async (request, response) => {
    try {
      const asked = parseRequest(request)
      const actor = whoIs(request, tokens)
      const git = await startGit(request, { asked, actor, push })
      await serve(request, response, { asked, git, log })
    } catch (error) {
      refuse(response, error, log)
    }
  }
}

function parseRequest(request: Request): GitRequest {
  const [, path, endpoint] = /^\/([^/]+)\/(info\/refs|git-receive-pack|git-upload-pack)$/.exec(request.path) ?? []
  if (path === undefined || endpoint === undefined) throw notGit()
  const app = parseAppPath(path)
  const asked = endpoint === 'info/refs' ? request.query['service'] : endpoint
  if (asked !== 'git-receive-pack' && asked !== 'git-upload-pack') throw notGit()
  if (request.method !== (endpoint === 'info/refs' ? 'GET' : 'POST')) throw notGit()
  const service = asked === 'git-receive-pack' ? 'receive-pack' : 'upload-pack'
  return { app, service, endpoint: endpoint === 'info/refs' ? endpoint : service }
}

function notGit(): PaasError {
  return new PaasError('not-found', 'git.no-such-page', 'Only git clients find something here.', {
    fix: 'Clone with a token as the password:',
    command: 'git clone <this address>',
  })
}

function whoIs(request: Request, tokens: Pick<Tokens, 'authenticate'>): Actor {
  const token = tokenOf(request.headers.authorization)
  const actor = token === undefined ? undefined : tokens.authenticate(token, 'http')
  if (actor) return actor
  const [code, message] =
    token === undefined
      ? ['token.missing', 'Sign in with a token as the password.']
      : ['token.unknown', 'This token is not valid here: it was revoked, or belongs to another box.']
  throw new PaasError('unauthenticated', code, message, {
    fix: 'Make one, and give it when git asks; any user name will do.',
    command: 'paas tokens:create --description git --scope deploy',
  })
}

/** A first push makes its app when it comes, not when git asks what is there: `git ls-remote` and crawlers ask, too. */
async function startGit(request: Request, { asked, actor, push }: Starting): Promise<ChildProcess> {
  const { app, endpoint, service } = asked
  if (endpoint === 'info/refs') {
    const refs = await push.look(actor, app, service)
    return push.tell(refs, ['http-backend'], cgiVariables(request, refs, endpoint))
  }
  const session = await push.open(actor, app, service)
  if (endpoint === 'receive-pack') push.expect()
  return push.start(session, ['http-backend'], cgiVariables(request, session, endpoint))
}

type Starting = { asked: GitRequest; actor: Actor; push: PushHandler }

async function serve(request: Request, response: Response, { asked, git, log }: Serving): Promise<void> {
  // Nobody listens for the timeout, so node destroys the socket.
  request.socket.setTimeout(IDLE_MS)
  const head = new CgiAnswer(({ status, headers }) => {
    response.status(status)
    for (const [name, value] of headers) response.setHeader(name, value)
  })
  const through = asked.service === 'receive-pack' ? [head, new PushHints()] : [head]
  const errors = new Lines((line) => log.warn('git.http-backend', { app: asked.app, text: line }))
  await join(git, { input: request, output: response, errors, through }, asked.service)
  if (!response.headersSent && !head.complete) throw new Error('git http-backend ended without an answer')
  response.end()
}

type Serving = { asked: GitRequest; git: ChildProcess; log: Log }

function cgiVariables(
  request: Request,
  session: RefsRequest,
  endpoint: GitRequest['endpoint'],
): Record<string, string> {
  const { directory } = session.repository
  const path = endpoint === 'info/refs' ? endpoint : `git-${endpoint}`
  const length = request.headers['content-length']
  const header = (name: string) => String(request.headers[name] ?? '')
  return {
    GIT_PROJECT_ROOT: dirname(directory),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${basename(directory)}/${path}`,
    QUERY_STRING: endpoint === 'info/refs' ? `service=git-${session.service}` : '',
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: header('content-type'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    GIT_PROTOCOL: header('git-protocol'),
    REMOTE_USER: session.actor.user?.name ?? 'paas',
    ...(length !== undefined && { CONTENT_LENGTH: length }),
  }
}

function refuse(response: Response, error: unknown, log: Log): void {
  const text = refusalText(error, log)
  if (response.headersSent) return void response.destroy()
  const status = error instanceof PaasError ? (STATUS[error.kind] ?? 400) : 500
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="paas", charset="UTF-8"')
  response.status(status).type('text/plain').send(`${text}\n`)
}

const STATUS: Partial<Record<PaasError['kind'], number>> = {
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  limited: 429,
  failed: 500,
  unavailable: 503,
}

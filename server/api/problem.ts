import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Problem } from '../contract/problem.ts'
import { type ErrorKind, messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import { requestIdOf } from './request-id.ts'

const STATUS: Record<ErrorKind, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  limited: 429,
  failed: 500,
  unavailable: 503,
}

const TITLE: Record<ErrorKind, string> = {
  invalid: 'The request has a mistake',
  unauthenticated: 'Not signed in',
  forbidden: 'Not allowed',
  'not-found': 'Not found',
  conflict: 'Not possible as things are',
  'too-large': 'Too large',
  limited: 'Too many requests',
  failed: 'Failed',
  unavailable: 'Not available now',
}

/** The one place that turns an error into an answer (RFC 9457). What we did not foresee is logged and not shown. */
export function problems(log: Log): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = asPaasError(thrown)
    const requestId = requestIdOf(response)
    if (error.code === 'server.failed') {
      const stack = thrown instanceof Error ? thrown.stack : undefined
      log.error('api.failed', {
        requestId,
        method: request.method,
        path: request.path,
        reason: messageOf(thrown),
        stack,
      })
    }
    if (response.headersSent) return void response.destroy()
    sendProblem(response, problemOf(error, requestId))
  }
}

export const nothingHere: RequestHandler = (request) => {
  throw new PaasError('not-found', 'route.not-found', `There is no ${request.method} ${request.path} here.`, {
    fix: 'The API is described in /api/v1/openapi.json.',
  })
}

export function problemOf(error: PaasError, requestId: string): Problem {
  return {
    type: 'about:blank',
    title: TITLE[error.kind],
    status: STATUS[error.kind],
    detail: error.message,
    code: error.code,
    ...error.help,
    requestId,
  }
}

function sendProblem(response: Response, problem: Problem): void {
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="paas"')
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

function asPaasError(error: unknown): PaasError {
  if (error instanceof PaasError) return error
  return (
    bodyError(error) ??
    new PaasError('failed', 'server.failed', 'The server failed; its log says why.', {
      fix: 'Try again. If it stays, show the request id to whoever runs the box.',
    })
  )
}

/** What express itself refuses: bodies that cannot be read and paths that cannot be decoded (by http-errors). */
function bodyError(error: unknown): PaasError | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined
  const type = 'type' in error ? error.type : undefined
  if (type === 'entity.too.large') {
    return new PaasError('too-large', 'request.too-large', 'The body is larger than 1 MB.')
  }
  if (typeof error.status !== 'number' || error.status < 400 || error.status >= 500) return undefined
  return new PaasError('invalid', 'request.unreadable', `The request cannot be read: ${error.message}`)
}

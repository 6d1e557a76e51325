import { randomUUID } from 'node:crypto'
import type { RequestHandler, Response } from 'express'

const HEADER = 'X-Request-Id'
const SAFE = /^[A-Za-z0-9._-]{8,100}$/

/** Keeps the id that the router gave, else makes one; it is on every answer and in the log. */
export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get(HEADER)
  response.setHeader(HEADER, given !== undefined && SAFE.test(given) ? given : randomUUID())
  next()
}

export function requestIdOf(response: Response): string {
  return String(response.getHeader(HEADER) ?? '-')
}

import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import { PaasError } from '../errors.ts'

const READS = ['GET', 'HEAD', 'OPTIONS']

/** Pages of other sites, apps on this box among them, may not change anything. Programs send neither header. */
export const refuseCrossSite: RequestHandler = (request, _response, next) => {
  if (READS.includes(request.method) || isSameOrigin(request)) return next()
  throw new PaasError('forbidden', 'request.cross-site', 'This was sent by a page of another site.', {
    fix: 'Use the console of this box, or the command line.',
  })
}

/** Of a request that carries a cookie: reads may come from anywhere, since no other page sees the answer. */
export function isSentByOwnPage(request: IncomingMessage): boolean {
  return READS.includes(request.method ?? 'GET') || isFromOwnPage(request)
}

/** A browser says so; a program does not. */
export function isFromOwnPage(request: IncomingMessage): boolean {
  const { headers } = request
  return (headers['sec-fetch-site'] !== undefined || headers.origin !== undefined) && isSameOrigin(request)
}

/** True for the console's own pages and for everything that is not a browser. */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (headers.origin === undefined) return true
  return URL.parse(headers.origin)?.host === headers.host
}

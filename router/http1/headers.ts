import { randomUUID } from '../builtins.ts'
import type { RequestHead } from './request-head.ts'

/** Hop-by-hop (RFC 9110 section 7.6.1) and what only the router itself may say about the client. */
const DROPPED_FROM_REQUESTS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'http2-settings',
  'forwarded',
  'x-real-ip',
  'x-request-start',
  'x-request-id',
  'x-client-ip',
  'true-client-ip',
  'x-cluster-client-ip',
  'host',
])
const DROPPED_FROM_RESPONSES = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'trailer',
  'te',
  'upgrade',
])
/** Fields that mean something else, or open a door, when they come after the body. */
const DROPPED_FROM_TRAILERS = new Set([...DROPPED_FROM_REQUESTS, 'authorization', 'cookie', 'set-cookie', 'expect'])
const NO_BODY_EXPECTED = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])
const REQUEST_ID = /^[A-Za-z0-9_.+/=-]{20,200}$/
const VIA = '1.1 router'

export type Client = { address: string; port: number; requestId: string; startedAt: number; protocol: 'http' | 'https' }

/** The request's head for the app, as node's flat list of names and values. */
export function requestHeaders(head: RequestHead, client: Client): string[] {
  const out = ['Host', head.authority]
  let length: string | undefined
  copy(head.rawHeaders, (name, lower, value) => {
    if (lower === 'content-length') length = value
    if (isForwarding(lower) || DROPPED_FROM_REQUESTS.has(lower) || head.nominated.has(lower)) return
    out.push(name, value)
  })
  if (head.upgrade !== null) out.push('Connection', 'Upgrade', 'Upgrade', head.upgrade)
  else out.push(...framing(head, length))
  if (head.acceptsTrailers) out.push('TE', 'trailers')
  out.push(
    ...['X-Forwarded-For', client.address],
    ...['X-Forwarded-Proto', client.protocol],
    ...['X-Forwarded-Port', String(client.port)],
    ...['X-Forwarded-Host', head.authority],
    ...['X-Request-Id', client.requestId],
    ...['X-Request-Start', String(client.startedAt)],
    ...['Via', VIA],
  )
  return out
}

/** The response's head for the client; its framing towards the client is node's. */
export function responseHeaders(rawHeaders: readonly string[], keepTrailerName: boolean): string[] {
  const nominated = nominatedIn(rawHeaders)
  const out: string[] = []
  copy(rawHeaders, (name, lower, value) => {
    if (nominated.has(lower)) return
    if (DROPPED_FROM_RESPONSES.has(lower) && !(lower === 'trailer' && keepTrailerName)) return
    out.push(name, value)
  })
  return out
}

export function trailers(rawTrailers: readonly string[]): [string, string][] {
  const out: [string, string][] = []
  copy(rawTrailers, (name, lower, value) => {
    if (!isForwarding(lower) && !DROPPED_FROM_TRAILERS.has(lower)) out.push([name, value])
  })
  return out
}

/** A well-formed id of the client's is kept, so that one id follows a request through several systems. */
export function requestIdFrom(given: string | string[] | undefined): string {
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}

function framing(head: RequestHead, length: string | undefined): string[] {
  if (head.body === 'chunked') return ['Transfer-Encoding', 'chunked']
  if (length !== undefined) return ['Content-Length', length]
  return NO_BODY_EXPECTED.has(head.method) ? [] : ['Content-Length', '0']
}

/** Apps read `X_Forwarded_For` as X-Forwarded-For, so names with an underscore never pass. */
function isForwarding(lower: string): boolean {
  return lower.startsWith('x-forwarded-') || lower.includes('_')
}

function nominatedIn(rawHeaders: readonly string[]): Set<string> {
  const names = new Set<string>()
  copy(rawHeaders, (_name, lower, value) => {
    if (lower === 'connection') for (const name of value.split(',')) names.add(name.trim().toLowerCase())
  })
  names.delete('content-length')
  return names
}

function copy(raw: readonly string[], each: (name: string, lower: string, value: string) => void): void {
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    each(name, name.toLowerCase(), raw[at + 1] ?? '')
  }
}

import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, createSecureContext, type SecureContext } from 'node:tls'
import { BuildFailure } from '../errors.ts'
import type { FetchTools } from './repository.ts'
import type { WayOut } from './way-out.ts'

export type HttpsCall = { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string }
export type HttpsTools = { way: WayOut; trust: SecureContext | undefined; signal: AbortSignal }

const MAX_REDIRECTS = 5
const SILENCE_MS = 60_000
const HTTPS = 443
/** They say what a call is, and nothing of who makes it. */
const FOR_ANYBODY = ['accept', 'content-type']

/** What many requests share: the authorities are read once. */
export function httpsTools({ way, certificates, signal }: FetchTools): HttpsTools {
  return {
    way,
    trust: certificates === null ? undefined : createSecureContext({ ca: readFileSync(certificates) }),
    signal,
  }
}

/**
 * One request by the way out, redirects followed there, too, with the same method and body. Headers that were given for one
 * host are not shown to another, but those that say what is asked for.
 * Resolves with an answer of any status but a redirect. Throws BuildFailure `fetch.*`.
 */
export async function fetchHttps(url: string, call: HttpsCall, tools: HttpsTools): Promise<IncomingMessage> {
  let place = httpsUrl(url)
  let headers = call.headers ?? {}
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await once(place, { ...call, headers }, tools)
    const { location } = response.headers
    if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined) return response
    response.destroy()
    const next = httpsUrl(new URL(location, place).href)
    if (next.host !== place.host) headers = forAnybody(headers)
    place = next
  }
  throw new BuildFailure('fetch.redirects', `${url} leads from one place to the next and never to an end.`)
}

function forAnybody(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => FOR_ANYBODY.includes(name.toLowerCase())))
}

/** Throws for what is not https, or has a password in it. */
export function httpsUrl(text: string): URL {
  const url = URL.parse(text)
  if (url?.protocol === 'https:' && url.hostname !== '' && url.username === '' && url.password === '') return url
  throw new BuildFailure(
    'fetch.protocol',
    `${shown(text)} is no address that begins with https:// and has no password in it.`,
    {
      fix: 'Sources are fetched by https alone, and without signing in.',
    },
  )
}

/** Without the password, which would be kept with the output. */
function shown(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//').slice(0, 200)
}

async function once(
  url: URL,
  { method = 'GET', headers, body }: HttpsCall,
  tools: HttpsTools,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port) || HTTPS
  const socket = await tools.way.connect(host, port, tools.signal)
  const trust = tools.trust && { secureContext: tools.trust }
  const tls = connect({ socket, ...(/[a-z]/i.test(host) ? { servername: host } : { host }), ...trust })
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = httpsRequest(url, {
    method,
    headers: { 'user-agent': 'paas', connection: 'close', ...headers },
    createConnection: () => tls,
    signal: tools.signal,
  })
  request.on('response', resolve).on('error', (error) => reject(broken(url, error)))
  request.setTimeout(SILENCE_MS, () => request.destroy(new Error('nothing came for a minute')))
  request.end(body)
  return promise
}

function broken(url: URL, cause: Error): BuildFailure {
  return new BuildFailure(
    'fetch.failed',
    `${url.host} could not be asked: ${cause.message}.`,
    { retryable: true },
    { cause },
  )
}

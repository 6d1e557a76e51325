import type { IncomingMessage } from 'node:http'

export type RequestHead = {
  method: string
  /** In origin form (or `*`), byte for byte as it came. */
  path: string
  /** The Host header as it came. */
  authority: string
  /** For routing: lower case, no port, no trailing dot. */
  host: string
  body: 'none' | 'sized' | 'chunked'
  /** The protocol a valid `Upgrade` asks for. */
  upgrade: string | null
  acceptsTrailers: boolean
  rawHeaders: readonly string[]
  /** Lower-case names that `Connection` nominates for removal. */
  nominated: ReadonlySet<string>
}

/** A request that the router refuses before it looks at any route. */
export class BadRequest extends Error {
  readonly status: number

  constructor(reason: string, status = 400) {
    super(reason)
    this.status = status
  }
}

const MOST_HEADERS = 200
/** A nomination that would remove these changes what the request means or who sent it. */
const NEVER_NOMINATED = new Set(['host', 'content-length', 'transfer-encoding', 'authorization', 'cookie'])
const REG_NAME = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i
const IPV6 = /^\[[0-9a-f:.]+\]$/i
const NO_NOMINATION: ReadonlySet<string> = new Set()

/** Checks what node's parser lets through. Throws BadRequest. */
export function readHead(incoming: IncomingMessage): RequestHead {
  const { method = '', rawHeaders, headers } = incoming
  if (rawHeaders.length > 2 * MOST_HEADERS) throw new BadRequest('too many headers', 431)
  const authority = onlyHost(rawHeaders)
  const nominated = readNominations(headers.connection)
  return {
    method,
    path: readPath(incoming.url ?? '', method, authority),
    authority,
    host: routingHost(authority),
    body: readFraming(incoming),
    upgrade: readUpgrade(incoming, nominated),
    acceptsTrailers: /(^|,)\s*trailers\s*(,|$)/i.test(String(headers.te ?? '')),
    rawHeaders,
    nominated,
  }
}

/** `Upgrade` is honoured on GET without a body, never for h2c, which would carry requests past these checks. */
export function wantsUpgrade(incoming: IncomingMessage): boolean {
  const protocol = incoming.headers.upgrade?.trim().toLowerCase()
  if (!protocol || !/^[a-z0-9!#$%&'*+.^_`|~-]+(\/[a-z0-9.]+)?$/.test(protocol) || protocol.startsWith('h2c'))
    return false
  return incoming.httpVersion === '1.1' && incoming.method === 'GET'
}

function onlyHost(rawHeaders: readonly string[]): string {
  let host: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue
    if (host !== undefined) throw new BadRequest('more than one Host header')
    host = rawHeaders[at + 1] ?? ''
  }
  if (!host) throw new BadRequest('no Host header')
  return host
}

function routingHost(authority: string): string {
  const bare = authority.replace(/:\d{0,5}$/, '')
  if (IPV6.test(bare)) return bare.toLowerCase()
  const host = bare.endsWith('.') ? bare.slice(0, -1) : bare
  if (host.length > 253 || !REG_NAME.test(host) || host.includes('..')) throw new BadRequest('not a host name')
  return host.toLowerCase()
}

function readPath(url: string, method: string, authority: string): string {
  if (url.startsWith('/')) return url
  if (url === '*' && method === 'OPTIONS') return url
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url)
  if (!absolute) throw new BadRequest('not a request target')
  const [, named = '', rest = ''] = absolute
  if (named.toLowerCase() !== authority.toLowerCase()) throw new BadRequest('the request target and Host differ')
  return rest.startsWith('/') ? rest : `/${rest}`
}

function readFraming(incoming: IncomingMessage): RequestHead['body'] {
  const { 'transfer-encoding': encoding, 'content-length': length } = incoming.headers
  if (encoding !== undefined) {
    if (incoming.httpVersion !== '1.1') throw new BadRequest('Transfer-Encoding needs HTTP/1.1')
    if (encoding.toLowerCase() !== 'chunked') throw new BadRequest('unknown Transfer-Encoding', 501)
    return 'chunked'
  }
  return length !== undefined && Number(length) > 0 ? 'sized' : 'none'
}

function readUpgrade(incoming: IncomingMessage, nominated: ReadonlySet<string>): string | null {
  if (!wantsUpgrade(incoming) || !nominated.has('upgrade')) return null
  const { 'transfer-encoding': encoding, 'content-length': length } = incoming.headers
  if (encoding !== undefined || (length !== undefined && length !== '0')) throw new BadRequest('an upgrade has no body')
  return incoming.headers.upgrade?.trim() ?? null
}

function readNominations(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined) return NO_NOMINATION
  const names = new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
  for (const name of names) if (NEVER_NOMINATED.has(name)) throw new BadRequest(`Connection must not name ${name}`)
  return names
}

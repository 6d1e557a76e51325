import type { Connection } from '../io/connection.ts'
import { latin1 } from '../io/latin1.ts'
import type { Edge } from '../rules/edge.ts'
import { type Place, stripped } from '../rules/path-routes.ts'
import type { Rules } from '../rules/rules.ts'
import type { Needs, Visit } from '../rules/visit.ts'
import type { Service } from '../service.ts'
import type { SplitHost } from '../split-host.ts'
import type { Ask } from './ask.ts'
import { routingHost } from './authority.ts'
import { LastFields } from './last-fields.ts'
import type { Refusal, RequestHead } from './request-head.ts'
import { newRequestId } from './request-id.ts'
import { readTarget } from './request-target.ts'
import { framingLines, passingText, type Visitor, visitorLines } from './request-text.ts'
import { takeFields } from './visit-fields.ts'

const REQUEST_ID = /^[A-Za-z0-9_.+/=-]{20,200}$/
const SLASH = 47
const PORTS = { http: 80, https: 443 }

/** What a head asks for, taken out of the bytes it came in. */
export type Received = {
  method: string
  /** In origin form, or `*`. */
  path: string
  /** For routing, and as it came. */
  host: string
  authority: string
  requestId: string
  accept: string | undefined
  /** The request line can go to the app as it came. */
  asIs: boolean
  /** Nothing follows on this connection. */
  close: boolean
  /** The part of the host that it is for, where that has parts. */
  place: Place<Service> | null
}

/** Reads the heads of one connection, and remembers what they have in common. */
export class Reception {
  readonly #connection: Connection
  #visitor: Visitor | null = null
  #authority = ''
  #host: string | null = null
  #lines = ''
  #edge: Edge | null = null
  /** The peer is a proxy that is believed, so each request may have a visitor of its own. */
  #believes = false

  /** From the second request on: most connections without another one need no such memory. */
  #last: LastFields | null = null
  #asked = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** As `RequestHead.read`. `edge`: who stands between the visitors and this router. */
  readHead(head: RequestHead, bytes: Buffer, from: number, end: number, edge: Edge | null): number {
    if (edge !== this.#edge) this.#takeEdge(edge)
    return head.read(bytes, from, end, this.#last)
  }

  /** Nothing was asked for some time. */
  rest(): void {
    this.#last = null
    this.#asked = false
  }

  /** What the head that was just read asks for. */
  read(head: RequestHead, bytes: Buffer): Received | Refusal {
    if (this.#believes) this.#takeVisitor(this.#edge as Edge, head, bytes)
    if (!head.repeated) this.#takeAuthority(head, bytes)
    const host = this.#host
    if (host === null) return { status: 400, reason: 'not a host name' }
    const method = methodOf(head, bytes)
    let path = pathOf(head, bytes)
    const plain = bytes[head.methodEnd + 1] === SLASH && method !== 'CONNECT'
    if (!plain) {
      const target = readTarget(method, path, this.#authority)
      if ('reason' in target) return target
      path = target.path
    }
    return {
      method,
      path,
      host,
      authority: this.#authority,
      requestId: requestIdOf(head, bytes),
      accept: this.#acceptOf(head, bytes),
      asIs: plain && head.minor === 1,
      close: head.options.close || head.minor === 0,
      place: null,
    }
  }

  /** The request as the app gets it. `startedAt` in milliseconds since 1970. */
  ask(head: RequestHead, bytes: Buffer, received: Received, startedAt: number, rules: Rules | null): Ask {
    const { method, requestId, accept, close, place } = received
    const prefix = place?.strip ? place.prefix : ''
    const path = prefix === '' ? received.path : stripped(received.path, prefix)
    const line = received.asIs && prefix === '' ? '' : `${method} ${path} HTTP/1.1\r\n`
    const prefixLine = prefix === '' ? '' : `X-Forwarded-Prefix: ${prefix}\r\n`
    const fields = this.#fieldsText(head, bytes, line, rules?.spec.underscores ?? false, received)
    const framing = framingLines(head, method, bytes)
    const own = `${prefixLine}X-Request-Id: ${requestId}${startLines(startedAt)}`
    return {
      connection: this.#connection,
      method,
      https: this.visitor.protocol === 'https',
      minor: head.minor,
      text: fields + framing + own,
      requestId,
      accept,
      acceptsTrailers: head.acceptsTrailers,
      upgrade: head.upgrade < 0 ? null : head.fields.text(bytes, head.upgrade),
      close,
      coder: null,
      ruled: rules === null ? null : { rules, visit: this.#visit(head, bytes, received, rules.needs) },
    }
  }

  /** All lines that do not depend on the method and the path, with the request line before them. */
  #fieldsText(head: RequestHead, bytes: Buffer, line: string, underscores: boolean, { accept }: Received): string {
    if (underscores) {
      head.readFields(bytes)
      head.fields.admitUnderscores(bytes)
    } else if (head.repeated) {
      return (line === '' ? latin1(bytes, head.start, head.lineEnd) : line) + (this.#last as LastFields).text
    }
    const text = passingText(head, bytes, line) + this.#lines
    if (this.#asked && head.plain && !underscores && !this.#believes) {
      this.#last ??= new LastFields()
      const lineSize = line === '' ? head.lineEnd - head.start : line.length
      this.#last.keep(bytes, head.lineEnd, head.end, text.slice(lineSize), accept)
    }
    this.#asked = true
    return text
  }

  #visit(head: RequestHead, bytes: Buffer, received: Received, needs: Needs): Visit {
    const { method, host, authority, path, place } = received
    const { address, protocol } = this.visitor
    const https = protocol === 'https'
    const visit: Visit = {
      address,
      https,
      method,
      host,
      authority,
      path,
      prefix: place?.prefix ?? '',
      authorization: undefined,
      cookies: '',
      encodings: null,
      ifNoneMatch: undefined,
      contentLength: head.contentLength,
      draw: -1,
    }
    if (needs.any) takeFields(visit, head, bytes, needs)
    return visit
  }

  /** Whose connection it is, once a head was read. */
  get visitor(): Visitor {
    return this.#visitor as Visitor
  }

  get #peer(): Visitor {
    const { remoteAddress: address, localPort: port, secure } = this.#connection
    return { address, chain: address, port, protocol: secure ? 'https' : 'http' }
  }

  #acceptOf(head: RequestHead, bytes: Buffer): string | undefined {
    if (head.repeated) return this.#last?.accept
    return head.accept === -1 ? undefined : head.fields.text(bytes, head.accept)
  }

  #takeEdge(edge: Edge | null): void {
    this.#edge = edge
    this.#last = null
    this.#believes = edge?.trusts(this.#connection.remoteAddress) ?? false
    this.#visitor = null
  }

  #takeVisitor(edge: Edge, head: RequestHead, bytes: Buffer): void {
    const said = (name: string) => head.fields.joined(bytes, name, ',')
    const peer = this.#peer
    const { address, chain, protocol } = edge.behind(peer.address, said('x-forwarded-for'), said('x-forwarded-proto'))
    const port = protocol === null ? peer.port : PORTS[protocol]
    this.#visitor = { address, chain, port, protocol: protocol ?? peer.protocol }
  }

  #takeAuthority(head: RequestHead, bytes: Buffer): void {
    const known = this.#visitor !== null && !this.#believes
    if (known && head.fields.holds(bytes, head.host, this.#authority)) return
    const authority = head.fields.text(bytes, head.host)
    this.#visitor ??= this.#peer
    this.#authority = authority
    this.#host = routingHost(authority)
    this.#lines = visitorLines(this.#visitor, authority)
  }
}

/** Whoever serves this part of a split host, noted in the request. */
export function placeIn(route: SplitHost, received: Received): Service | undefined {
  received.place = route.find(received.path) ?? null
  return received.place?.owner ?? route.owner
}

/** Without a new text for what nearly all ask. */
function methodOf({ start, methodEnd }: RequestHead, bytes: Buffer): string {
  const isGet = methodEnd - start === 3 && bytes[start] === 71 && bytes[start + 1] === 69 && bytes[start + 2] === 84
  return isGet ? 'GET' : latin1(bytes, start, methodEnd)
}

/** As `methodOf`. */
function pathOf({ methodEnd, targetEnd }: RequestHead, bytes: Buffer): string {
  const isRoot = targetEnd - methodEnd === 2 && bytes[methodEnd + 1] === SLASH
  return isRoot ? '/' : latin1(bytes, methodEnd + 1, targetEnd)
}

let lastStart = 0
let lastStartLines = ''

/** The end of a head for an app. Of the requests of one millisecond it is the same. */
function startLines(startedAt: number): string {
  if (startedAt !== lastStart) {
    lastStart = startedAt
    lastStartLines = `\r\nX-Request-Start: ${startedAt}\r\n\r\n`
  }
  return lastStartLines
}

/** A well-formed id of the client's is kept, so that one id follows a request through several systems. */
function requestIdOf(head: RequestHead, bytes: Buffer): string {
  if (head.requestId < 0) return newRequestId()
  const given = head.fields.text(bytes, head.requestId)
  return REQUEST_ID.test(given) ? given : newRequestId()
}

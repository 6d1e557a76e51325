import type { BasicUser, EdgeSettings, PathRoute, ServiceRules } from '../contract/table.ts'
import { HOST } from '../host-pattern.ts'
import type { Shape } from '../shape.ts'
import { readRange } from './address-set.ts'
import { readHash } from './password-hash.ts'
import { readResponseHeaders } from './read-response-headers.ts'

const MOST_PAGE_BYTES = 64 * 1024
const MOST_USERS = 100
const MOST_RANGES = 1_000
const MOST_PATHS = 100
const MOST_PER_TARGET = 100_000
const MOST_QUEUED_PER_TARGET = 10_000
const LONGEST_PREFIX = 1_024
/** Segments of characters that need no escape, so that there is one way only to write it (RFC 3986 section 3.3). */
const PREFIX = /^(\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+$/
/** Inside quotes of a header of ours. */
const REALM = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/
/** RFC 7617 section 2: a colon would end it. */
const USER_NAME = /^[^:\p{Cc}]{1,100}$/u

/** `hosts`: those of the same service. */
export function readRules(rules: Shape, hosts: readonly string[]): ServiceRules {
  const read: ServiceRules = {}
  const take = <Name extends keyof ServiceRules>(name: Name, reader: (field: Shape) => ServiceRules[Name]) => {
    const field = rules.field(name)
    if (field.present) read[name] = reader(field)
  }
  take('sticky', (field) => field.flag())
  take('concurrency', (field) => ({
    perTarget: field.field('perTarget').whole(1, MOST_PER_TARGET),
    queue: field.field('queue').whole(0, MOST_QUEUED_PER_TARGET),
  }))
  take('canonicalHost', (field) => readCanonicalHost(field, hosts))
  take('basicAuth', (field) => ({
    realm: field.field('realm').text(REALM),
    users: atMost(field.field('users'), MOST_USERS).list(readUser),
  }))
  take('allow', readRanges)
  take('rateLimit', (field) => ({
    perSecond: field.field('perSecond').number(0.001, 1_000_000),
    burst: field.field('burst').whole(1, 1_000_000),
  }))
  take('maxBodyBytes', (field) => field.whole(0, Number.MAX_SAFE_INTEGER))
  take('compress', (field) => field.flag())
  take('responseHeaders', readResponseHeaders)
  take('pages', readPages)
  take('canary', (field) => ({
    release: field.field('release').whole(0, Number.MAX_SAFE_INTEGER),
    percent: field.field('percent').number(0, 100),
  }))
  take('underscores', (field) => field.flag())
  return read
}

export function readPaths(paths: Shape): PathRoute[] {
  return atMost(paths, MOST_PATHS).list((path) => ({
    host: path.field('host').text(HOST),
    prefix: readPrefix(path.field('prefix')),
    strip: path.field('strip').flag(),
  }))
}

export function readEdge(edge: Shape): EdgeSettings {
  return {
    trustedProxies: readRanges(edge.field('trustedProxies')),
    proxyProtocol: edge.field('proxyProtocol').flag(),
  }
}

function readPrefix(field: Shape): string {
  const prefix = field.text(PREFIX)
  if (prefix.length > LONGEST_PREFIX) field.refuse(`at most ${LONGEST_PREFIX} characters`)
  if (/\/\.{1,2}(\/|$)/.test(prefix)) field.refuse('a path without "." and ".."')
  return prefix
}

function readCanonicalHost(field: Shape, hosts: readonly string[]): string {
  const host = field.text()
  if (host.startsWith('*') || !hosts.includes(host)) field.refuse('one of the hosts of the service, without a wildcard')
  return host
}

function readUser(user: Shape): BasicUser {
  const hash = user.field('hash')
  if (readHash(hash.text()) === null) hash.refuse('scrypt$N$r$p$salt$key within the limits of the router')
  return { name: user.field('name').text(USER_NAME), hash: hash.text() }
}

function readRanges(ranges: Shape): string[] {
  return atMost(ranges, MOST_RANGES).list((range) => {
    const text = range.text()
    if (readRange(text) === null) range.refuse('an address or a CIDR range')
    return text
  })
}

function readPages(pages: Shape): NonNullable<ServiceRules['pages']> {
  const read = (name: 'error' | 'maintenance') => {
    const page = pages.field(name)
    if (!page.present) return {}
    if (Buffer.byteLength(page.text()) > MOST_PAGE_BYTES) page.refuse(`at most ${MOST_PAGE_BYTES} bytes`)
    return { [name]: page.text() }
  }
  return { ...read('error'), ...read('maintenance') }
}

function atMost(list: Shape, most: number): Shape {
  if (list.list((item) => item).length > most) list.refuse(`at most ${most} entries`)
  return list
}

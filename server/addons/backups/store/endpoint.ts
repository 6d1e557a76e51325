import { lookup as resolve } from 'node:dns/promises'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { PaasError } from '../../../errors.ts'

/** Where no store of backups is: addresses that answer for the machine itself, with credentials of its cloud among it. */
const FORBIDDEN = blockList([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '168.63.129.16/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '224.0.0.0/3',
  '::/128',
  'fe80::/10',
  'fd00:ec2::254/128',
  'ff00::/8',
])
/** Where a store may be spoken to without TLS: what is sent is sealed and signed, but names and times can be seen. */
const NEAR = blockList([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
])

export type Endpoint = { url: URL; lookup: LookupFunction }

/** Throws `store.endpoint` for what is no address of a store; names are looked at each time they are resolved. */
export function checkEndpoint(text: string): Endpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw refused(text, 'it is not an https URL')
  if (url.username || url.password) throw refused(url.origin, 'credentials do not belong into it')
  if (url.pathname !== '/' || url.search || url.hash)
    throw refused(url.origin, 'it has more than scheme, host and port')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const plain = url.protocol === 'http:'
  if (isIP(host)) refuseAddress(host, plain)
  return { url, lookup: checkedLookup(plain) }
}

/** Resolves once and connects to what was looked at: a name that changes its address in between gains nothing. */
function checkedLookup(plain: boolean): LookupFunction {
  return (host, options, done) => {
    const all = async () => {
      const found = await resolve(host, { family: options.family ?? 0, all: true })
      for (const { address } of found) refuseAddress(address, plain)
      return found
    }
    all().then(
      (found) => {
        if (options.all) return done(null, found)
        const [first] = found
        done(null, first?.address ?? '', first?.family)
      },
      (error: Error) => done(error, ''),
    )
  }
}

function refuseAddress(address: string, plain: boolean): void {
  // An IPv4 address in IPv6 clothes is compared as what it is.
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (FORBIDDEN.check(address, family)) throw refused(address, 'that address is the machine’s own, or its cloud’s')
  if (plain && !NEAR.check(address, family)) throw refused(address, 'over the internet only https is spoken')
}

function blockList(ranges: string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}

function refused(endpoint: string, why: string): PaasError {
  return new PaasError('invalid', 'store.endpoint', `Backups cannot be kept at ${endpoint}: ${why}.`, {
    fix: 'Give the endpoint of an S3-compatible store, its scheme and host alone.',
    command: 'paas backups:store:set s3 endpoint=https://s3.example.com region=eu-1 bucket=backups',
  })
}

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { addressList, isPublicAddress } from '../../../builder/fetch/public-address.ts'
import { PaasError } from '../../errors.ts'
import type { Remote } from '../addon-service.ts'

const POSTGRES_PORT = 5432
const HOST = /^[A-Za-z0-9._:-]{1,253}$/
/** Nothing that would end a line of what the program is told. */
const WORD = /^[^\p{Cc}]{1,200}$/u
/** In the clear only for whoever says so. */
const TLS = ['require', 'prefer', 'allow', 'disable']

export type Place = Omit<Remote, 'address'>

/** Reads `postgres://user:password@host:5432/name?sslmode=require`. Throws `transfer.url`, which never holds the URL. */
export function readPlace(text: string, protocols: readonly string[]): Place {
  const url = URL.parse(text)
  if (!url || !protocols.includes(url.protocol)) throw notUrl(`it does not begin with ${protocols[0]}//`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const database = decoded(url.pathname.slice(1))
  const [user, password] = [decoded(url.username), decoded(url.password)]
  const tls = url.searchParams.get('sslmode') ?? 'require'
  if (!HOST.test(host)) throw notUrl('it names no host')
  if (!WORD.test(database)) throw notUrl('it names no database')
  if (!WORD.test(user) || !(password === '' || WORD.test(password)))
    throw notUrl('it has no user, or one of odd characters')
  if (!TLS.includes(tls)) throw notUrl(`sslmode is none of ${TLS.join(', ')}`)
  return { host, port: url.port === '' ? POSTGRES_PORT : Number(url.port), user, password, database, tls }
}

/** `db.example.com/shop`: what may be told to everybody. */
export function placeName({ host, database }: Place): string {
  return `${host}/${database}`
}

/**
 * The address that is connected to, looked up once: whatever the name leads to later. All that it leads to now have to be
 * of the public internet and not of this machine, but for those that the admin lets in. Throws `transfer.private-address`.
 */
export async function reachable(place: Place, allowed: readonly string[]): Promise<Remote> {
  const { host } = place
  const isAllowed = addressList(allowed)
  const found = isIP(host) > 0 ? [host] : await addressesOf(host)
  const wrong = found.find((address) => !isAllowed(address) && (!isPublicAddress(address) || isOwn(address)))
  const [address] = found
  if (wrong !== undefined || address === undefined) throw notPublic(host, wrong ?? 'nowhere')
  return { ...place, address }
}

/** IPv4 first: not every box has a way out by IPv6. */
async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: 'ipv4first' }).catch(() => {
    throw new PaasError('invalid', 'transfer.unknown-host', `There is no host ${host}.`, {
      fix: 'Look at the URL again.',
    })
  })
  return found.map(({ address }) => address)
}

function isOwn(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some((own) => own.address === address))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function notUrl(why: string): PaasError {
  return new PaasError('invalid', 'transfer.url', `This is not the URL of a database: ${why}.`, {
    fix: 'Write postgres://USER:PASSWORD@HOST:5432/NAME; what is odd in it as %40 and the like.',
    command: 'heroku config:get DATABASE_URL -a APP | paas pg:import --url',
  })
}

function notPublic(host: string, address: string): PaasError {
  const named = host === address ? host : `${host} (${address})`
  const message = `${named} is not an address of the public internet, and the box fetches from there only.`
  return new PaasError('forbidden', 'transfer.private-address', message, {
    fix: 'Send a dump from a machine that reaches it, or have the admin of the box add the address to PAAS_SOURCE_HOSTS.',
    command: 'pg_dump --format=custom --no-owner --no-privileges URL | paas pg:import -',
  })
}

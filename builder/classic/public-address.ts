import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { BuildFailure } from '../errors.ts'

/** Everything that is not for the whole internet (RFC 6890 and what IANA has added since), and the metadata of a cloud. */
const V4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32'
/** Of IPv6 only 2000::/3 is public at all; these parts of it carry other addresses or are for examples. */
const PUBLIC_V6 = '2000::/3'
const V6 = '2001::/32 2001:db8::/32 2002::/16 3fff::/20'

const closed = listOf(V4, V6)
const open = listOf('', PUBLIC_V6)

/** Whether the builder may ask this address for something: it is on the internet, and is not the box itself. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(address) === 0 || closed.check(address, family)) return false
  if (family === 'ipv6' && !open.check(address, 'ipv6')) return false
  return !Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === address))
}

/**
 * Asked once, so that the answer cannot change between the look and the call. Throws BuildFailure `buildpack.unreachable`
 * or `buildpack.private-address`.
 */
export async function publicAddress(host: string, isAllowed: (address: string) => boolean): Promise<string> {
  const addresses = await lookup(host.replace(/^\[|\]$/g, ''), { all: true }).catch((cause: unknown) => {
    throw new BuildFailure(
      'buildpack.unreachable',
      `The box cannot find ${host}, where a buildpack is to be fetched.`,
      { fix: 'Check the address, and the name servers of the box.', command: 'paas buildpacks', retryable: true },
      { cause },
    )
  })
  const [first] = addresses
  if (first && addresses.every(({ address }) => isAllowed(address))) return first.address
  throw new BuildFailure(
    'buildpack.private-address',
    `${host} is in a private network or is the box itself: buildpacks are fetched from the internet only.`,
    { fix: 'Put the buildpack into a folder of the repository, such as ./buildpack.', command: 'paas buildpacks' },
  )
}

function listOf(...lists: string[]): BlockList {
  const list = new BlockList()
  for (const range of lists.flatMap((ranges) => ranges.split(' ').filter(Boolean))) {
    const [network = '', prefix] = range.split('/')
    list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}

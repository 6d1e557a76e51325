import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Not of the public internet: IANA's special-purpose registry (RFC 6890 and later), multicast, and a cloud's own service. */
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]
/** All that is given out (RFC 4291 2.4); mapped, translated, local and private addresses lie outside. */
const PUBLIC_V6 = ['2000::/3']
/** Within it: Teredo, documentation and 6to4, which carry IPv4 addresses or nothing. */
const NOT_PUBLIC_V6 = ['2001::/32', '2001:db8::/32', '2002::/16', '3fff::/20']

const refused = listOf(NOT_PUBLIC_V4, NOT_PUBLIC_V6)
const given = listOf([], PUBLIC_V6)

/** True for an address that anybody on the internet may reach. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !refused.check(address, 'ipv4')
  return isIPv6(address) && given.check(address, 'ipv6') && !refused.check(address, 'ipv6')
}

/** Addresses and ranges, IPv4 or IPv6, as one list. */
export function addressList(ranges: readonly string[]): (address: string) => boolean {
  const list = listOf(
    ranges.filter((range) => !range.includes(':')),
    ranges.filter((range) => range.includes(':')),
  )
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function listOf(v4: readonly string[], v6: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of v4) add(list, range, 'ipv4', 32)
  for (const range of v6) add(list, range, 'ipv6', 128)
  return list
}

function add(list: BlockList, range: string, family: 'ipv4' | 'ipv6', whole: number): void {
  const [address = '', bits = whole] = range.split('/')
  list.addSubnet(address, Number(bits), family)
}

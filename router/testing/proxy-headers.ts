const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

export type BinaryTraits = { version?: number; command?: number; family?: number; length?: number; more?: Buffer }

/** A PROXY protocol header of version 2 for a client at this address: IPv4, eight groups of IPv6, or none. */
export function binaryHeader(address: string, traits: BinaryTraits = {}): Buffer {
  const { version = 2, command = 1, more = Buffer.alloc(0) } = traits
  const isIPv4 = address.includes('.')
  const numbers = isIPv4 ? Buffer.from(address.split('.').map(Number)) : groupsOf(address)
  const addresses = address === '' ? Buffer.alloc(0) : Buffer.concat([numbers, numbers, Buffer.alloc(4)])
  const fixed = Buffer.from([(version << 4) | command, traits.family ?? (isIPv4 ? 0x11 : 0x21), 0, 0])
  fixed.writeUInt16BE(traits.length ?? addresses.length + more.length, 2)
  return Buffer.concat([SIGNATURE, fixed, addresses, more])
}

function groupsOf(address: string): Buffer {
  return Buffer.from(
    address.split(':').flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  )
}

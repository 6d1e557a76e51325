import { BlockList, isIP } from 'node:net'

/** `192.0.2.0/24`, `2001:db8::/32` or one address. Null: neither. */
export type AddressRange = { address: string; bits: number; family: 'ipv4' | 'ipv6' }

export function readRange(text: string): AddressRange | null {
  const [, address = '', bits] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return null
  const most = version === 4 ? 32 : 128
  const length = bits === undefined ? most : Number(bits)
  return length > most ? null : { address, bits: length, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** Addresses and CIDR ranges, asked for single addresses. Never changes. */
export class AddressSet {
  readonly #list = new BlockList()

  /** `ranges` have been read before: what is no range is left out. */
  constructor(ranges: readonly string[]) {
    for (const text of ranges) {
      const range = readRange(text)
      if (range) this.#list.addSubnet(range.address, range.bits, range.family)
    }
  }

  /** False for what is no address. A zone (`fe80::1%eth0`) says nothing about who it is. */
  has(address: string): boolean {
    const zone = address.indexOf('%')
    const bare = zone === -1 ? address : address.slice(0, zone)
    const version = isIP(bare)
    return version !== 0 && this.#list.check(bare, version === 4 ? 'ipv4' : 'ipv6')
  }
}

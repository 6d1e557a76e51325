/** IPv4 arithmetic on unsigned 32-bit numbers. */
export type Subnet = { base: number; prefix: number }

/** The network address, the gateway and the broadcast address are nobody's. */
const UNUSABLE = 3

export function parseSubnet(text: string): Subnet {
  const [address = '', prefix = '32'] = text.split('/')
  const length = Number(prefix)
  return { base: (parseAddress(address) & mask(length)) >>> 0, prefix: length }
}

export function formatSubnet({ base, prefix }: Subnet): string {
  return `${formatAddress(base)}/${prefix}`
}

export function parseAddress(text: string): number {
  return text.split('.').reduce((value, part) => value * 256 + Number(part), 0)
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  const shorter = mask(Math.min(a.prefix, b.prefix))
  return (a.base & shorter) >>> 0 === (b.base & shorter) >>> 0
}

export function contains(subnet: Subnet, address: string): boolean {
  return overlaps(subnet, { base: parseAddress(address), prefix: 32 })
}

export function capacity({ prefix }: Subnet): number {
  return 2 ** (32 - prefix) - UNUSABLE
}

export function gateway({ base }: Subnet): string {
  return formatAddress(base + 1)
}

/** In order, without gateway and broadcast. */
export function* addresses(subnet: Subnet): Generator<string> {
  for (let n = 0; n < capacity(subnet); n++) yield formatAddress(subnet.base + 2 + n)
}

/** Every subnet of the pool of that size once, beginning at the `start`-th and going round. */
export function* subnetsOf(pool: Subnet, prefix: number, start: number): Generator<Subnet> {
  const count = 2 ** (prefix - pool.prefix)
  const size = 2 ** (32 - prefix)
  for (let n = 0; n < count; n++) yield { base: pool.base + ((start + n) % count) * size, prefix }
}

function mask(prefix: number): number {
  return prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0
}

import { readFile } from 'node:fs/promises'
import type { Subnet } from './subnet.ts'

const ROUTES = '/proc/net/route'

/** Where this machine already sends packets: other networks, VPNs, the provider's private net. The default route is left out. */
export async function routedSubnets(file = ROUTES): Promise<Subnet[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return parseRoutes(text)
}

/** The kernel prints addresses as little-endian hexadecimal numbers. */
export function parseRoutes(text: string): Subnet[] {
  const rows = text.trim().split('\n').slice(1)
  return rows
    .map((row) => row.split(/\s+/))
    .map((columns) => ({ base: littleEndian(columns[1]), prefix: prefixOf(littleEndian(columns[7])) }))
    .filter(({ prefix }) => prefix > 0)
}

function littleEndian(hex = '0'): number {
  return Buffer.from(hex.padStart(8, '0'), 'hex').readUInt32LE()
}

function prefixOf(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length
}

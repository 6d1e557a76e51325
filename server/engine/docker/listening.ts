import { readFile } from 'node:fs/promises'
import type { ListeningSocket } from '../engine.ts'

const LISTEN = '0A'
/** The engine's own name server inside every container. */
const ENGINE_DNS = '127.0.0.11'

/** Sockets that listen in the network namespace of a process. Empty where the kernel does not let us look. */
export async function listeningSockets(pid: number, proc = '/proc'): Promise<ListeningSocket[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`${proc}/${pid}/net/${table}`, 'utf8').catch(() => '')),
  )
  return tables.flatMap(parseSockets)
}

/** proc(5): `sl local_address rem_address st ...`, addresses as hexadecimal words in the byte order of the machine. */
export function parseSockets(table: string): ListeningSocket[] {
  const rows = table.trim().split('\n').slice(1)
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTEN)
    .map(([, local = '']) => local.split(':'))
    .map(([address = '', port = '']) => ({ address: readable(address), port: Number.parseInt(port, 16) }))
    .filter(({ address }) => address !== ENGINE_DNS)
}

function readable(hex: string): string {
  const bytes = Buffer.from(hex, 'hex').swap32()
  if (bytes.length === 4) return bytes.join('.')
  const mapped = bytes.subarray(0, 12).toString('hex') === `${'0'.repeat(20)}ffff`
  return mapped ? bytes.subarray(12).join('.') : shortIpv6(bytes)
}

/** URL writes IPv6 addresses in their canonical form (RFC 5952). */
function shortIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(n * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

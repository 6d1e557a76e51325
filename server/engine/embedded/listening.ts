import { readdirSync, readlinkSync } from 'node:fs'
import type { ListeningSocket } from '../engine.ts'
import { readProc } from './proc-stat.ts'

/** State LISTEN of /proc/net/tcp; include/net/tcp_states.h */
const LISTEN = '0A'

/** What these processes listen on: /proc/net/tcp joined with their open descriptors. */
export function listeningSockets(pids: number[]): ListeningSocket[] {
  const own = new Set(pids.flatMap(socketInodes))
  const tables = ['net/tcp', 'net/tcp6'].map((file) => readProc(process.pid, file) ?? '')
  return tables.flatMap(parseListening).flatMap(({ inode, socket }) => (own.has(inode) ? [socket] : []))
}

export function parseListening(table: string): { inode: string; socket: ListeningSocket }[] {
  const rows = table.split('\n').slice(1)
  return rows.flatMap((row) => {
    const [, local, , state, , , , , , inode] = row.trim().split(/\s+/)
    const [address, port] = local?.split(':') ?? []
    if (state !== LISTEN || !address || !port || !inode) return []
    return [{ inode, socket: { address: decodeAddress(address), port: Number.parseInt(port, 16) } }]
  })
}

/** The kernel prints each 32-bit word in the byte order of the machine (little-endian on all that Node runs on). */
export function decodeAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex').reverse()])
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff) return bytes.slice(12).join('.')
  return shortenAddress(bytes)
}

function shortenAddress(bytes: number[]): string {
  const groups = Array.from({ length: 8 }, (_, n) =>
    (((bytes[2 * n] ?? 0) << 8) | (bytes[2 * n + 1] ?? 0)).toString(16),
  )
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function socketInodes(pid: number): string[] {
  try {
    const directory = `/proc/${pid}/fd`
    return readdirSync(directory).flatMap((descriptor) => inodeOf(`${directory}/${descriptor}`))
  } catch {
    return []
  }
}

function inodeOf(link: string): string[] {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.slice(1) ?? []
  } catch {
    return []
  }
}

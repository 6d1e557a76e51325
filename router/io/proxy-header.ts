import { isIP } from 'node:net'
import { shortAddress } from './connection.ts'

/** A header is here, `after` it the connection itself begins. `address`: of the client; null: the peer speaks for itself. */
export type ProxyHeader = { after: number; address: string | null }

/** haproxy's proxy-protocol.txt, sections 2.1 and 2.2. */
const LONGEST_LINE = 107
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const FIXED_BYTES = 16
/** Far more than the addresses and what proxies add to them. */
const LONGEST_BINARY = FIXED_BYTES + 4_096
const VERSION_2 = 2
const LOCAL = 0
const PROXY = 1
/** Family and protocol of stream sockets, with the size of their addresses. */
const UNSPECIFIED = 0x00
const TCP4 = 0x11
const TCP6 = 0x21
const UNIX = 0x31
const ADDRESS_BYTES = new Map([
  [UNSPECIFIED, 0],
  [TCP4, 12],
  [TCP6, 36],
  [UNIX, 216],
])
const LINE = /^PROXY (?:UNKNOWN(?: [\x20-\x7e]*)?|TCP([46]) ([0-9a-fA-F:.]+) ([0-9a-fA-F:.]+) (\d{1,5}) (\d{1,5}))$/

/** Reads the header, of version 1 or 2, that a connection begins with. Null: it does not begin with one. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'more' | null {
  const known = Math.min(bytes.length, SIGNATURE.length)
  if (bytes.compare(SIGNATURE, 0, known, 0, known) === 0) return readBinary(bytes)
  return readLine(bytes)
}

function readLine(bytes: Buffer): ProxyHeader | 'more' | null {
  const end = bytes.subarray(0, LONGEST_LINE).indexOf('\r\n')
  if (end === -1) {
    const begun = bytes.toString('latin1', 0, 6)
    return bytes.length < LONGEST_LINE && 'PROXY '.startsWith(begun) ? 'more' : null
  }
  const [line, family, source = '', destination = '', ...ports] = LINE.exec(bytes.toString('latin1', 0, end)) ?? []
  if (line === undefined) return null
  const after = end + 2
  if (family === undefined) return { after, address: null }
  const version = Number(family)
  const isValid = isIP(source) === version && isIP(destination) === version && ports.every(isPort)
  return isValid ? { after, address: shortAddress(source.toLowerCase()) } : null
}

function readBinary(bytes: Buffer): ProxyHeader | 'more' | null {
  if (bytes.length < FIXED_BYTES) return 'more'
  const versionAndCommand = bytes[12] as number
  const family = bytes[13] as number
  const after = FIXED_BYTES + bytes.readUInt16BE(14)
  const addressBytes = ADDRESS_BYTES.get(family)
  const command = versionAndCommand & 0x0f
  if (versionAndCommand >> 4 !== VERSION_2 || command > PROXY || after > LONGEST_BINARY) return null
  if (addressBytes === undefined) return null
  if (command === PROXY && after < FIXED_BYTES + addressBytes) return null
  if (bytes.length < after) return 'more'
  const speaksForItself = command === LOCAL || (family !== TCP4 && family !== TCP6)
  return { after, address: speaksForItself ? null : sourceOf(bytes, family) }
}

function sourceOf(bytes: Buffer, family: number): string {
  if (family === TCP4) return bytes.subarray(FIXED_BYTES, FIXED_BYTES + 4).join('.')
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(FIXED_BYTES + 2 * at))
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) return bytes.subarray(FIXED_BYTES + 12, FIXED_BYTES + 16).join('.')
  return groups.map((group) => group.toString(16)).join(':')
}

function isPort(text: string): boolean {
  return Number(text) <= 65_535 && (text === '0' || !text.startsWith('0'))
}

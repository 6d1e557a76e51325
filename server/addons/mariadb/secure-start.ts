import type { SecureStart } from '../addon-service.ts'

const HEADER_BYTES = 4
/** Capability of either side: TLS (MariaDB documentation, connecting). */
const CLIENT_SSL = 0x0800
/** An SSLRequest: capabilities, the longest packet, character set, and nothing of a login yet. */
const SSL_REQUEST_BYTES = 32
/** Behind the version in the greeting: the connection's number, the first part of the challenge, a filler. */
const BEFORE_CAPABILITIES = 4 + 8 + 1

/** The server greets; a client that wants TLS asks for it before it says who it is. */
export const mariadbSecureStart: SecureStart = {
  begins: 'server',
  server: (first) => {
    const versionEnd = first.indexOf(0, HEADER_BYTES + 1)
    const at = versionEnd + 1 + BEFORE_CAPABILITIES
    return versionEnd > 0 && first.length >= at + 2 && (first.readUInt16LE(at) & CLIENT_SSL) !== 0
  },
  client: (first) =>
    first.length >= HEADER_BYTES + SSL_REQUEST_BYTES &&
    first.readUIntLE(0, 3) === SSL_REQUEST_BYTES &&
    (first.readUInt16LE(HEADER_BYTES) & CLIENT_SSL) !== 0,
}

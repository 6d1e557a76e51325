import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const YEARS = 10
const P256_SIGNED = Buffer.from('300a06082a8648ce3d040302', 'hex')
/** Of a common name, and of alternative names (RFC 5280, A.1 and 4.2.1.6). */
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const ALTERNATIVE_NAMES = Buffer.from('0603551d11', 'hex')
const VERSION_3 = Buffer.from('a003020102', 'hex')
const [INTEGER, BITS, BYTES, UTF8, UTC_TIME, TIME, SEQUENCE, SET] = [
  0x02, 0x03, 0x04, 0x0c, 0x17, 0x18, 0x30, 0x31,
] as const
const [DNS_NAME, EXTENSIONS] = [0x82, 0xa3] as const

export type OwnCertificate = { key: string; cert: string }

/** A key of P-256 and a certificate for it that it has signed itself (RFC 5280): who wants to be sure of it must know it. */
export function ownCertificate(name: string, now = new Date()): OwnCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const until = new Date(now)
  until.setUTCFullYear(until.getUTCFullYear() + YEARS)
  const named = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, Buffer.from(name)))))
  const names = der(SEQUENCE, der(DNS_NAME, Buffer.from(name)))
  const told = der(
    SEQUENCE,
    VERSION_3,
    der(INTEGER, Buffer.from([1]), randomBytes(15)),
    P256_SIGNED,
    named,
    der(SEQUENCE, time(now), time(until)),
    named,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, der(SEQUENCE, ALTERNATIVE_NAMES, der(BYTES, names)))),
  )
  const signature = der(BITS, Buffer.from([0]), sign('sha256', told, privateKey))
  const whole = der(SEQUENCE, told, P256_SIGNED, signature).toString('base64')
  const lines = whole.match(/.{1,64}/g) ?? []
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  }
}

/** Tag, length and contents (X.690, 8.1). */
function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content])
}

/** With two digits of the year until 2049 (RFC 5280, 4.1.2.5). */
function time(at: Date): Buffer {
  const digits = `${at.toISOString().replace(/\D/g, '').slice(0, 14)}Z`
  return at.getUTCFullYear() < 2050 ? der(UTC_TIME, Buffer.from(digits.slice(2))) : der(TIME, Buffer.from(digits))
}

import { createHash } from 'node:crypto'
import { PaasError } from '../errors.ts'

export type PublicKey = { type: string; blob: Buffer; comment: string; fingerprint: string }

const RSA_MIN_BITS = 2048
/** Uncompressed points (RFC 5656): one byte and two coordinates. */
const CURVE_POINT_BYTES: Record<string, number> = { nistp256: 65, nistp384: 97, nistp521: 133 }
const UNCOMPRESSED_POINT = 4
const ED25519_BYTES = 32
const COMMENT_MAX = 200
/** Options stand before the type: `no-pty ssh-ed25519 AAAA…`. */
const KEY_BEHIND_OPTIONS = /[ \t](?:ssh|ecdsa|sk)-\S+[ \t]+AAAA/

/** `ssh-ed25519 AAAA… comment with spaces`, one line, without options. Throws `key.*` errors that say what to paste instead. */
export function parsePublicKey(text: string): PublicKey {
  const line = text.trim()
  refuseOtherFormats(line)
  const [type = '', base64 = '', ...comment] = line.split(/[ \t]+/)
  const blob = Buffer.from(base64, 'base64')
  if (blob.length === 0 || blob.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) {
    throw KEY_BEHIND_OPTIONS.test(line) ? withOptions() : broken('it is not "type base64 comment"')
  }
  const fields = readFields(blob)
  const named = fields[0]?.toString('latin1')
  if (named !== type) throw broken(`it says ${type} but holds ${named?.slice(0, 40) ?? 'nothing'}`)
  const objection = objectionTo(type, fields)
  if (objection) throw unsupported(objection)
  return { type, blob, comment: cleanComment(comment.join(' ')), fingerprint: fingerprintOf(blob) }
}

/** As `ssh-keygen -lf` prints it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

function refuseOtherFormats(line: string): void {
  if (/PRIVATE KEY|^PuTTY-User-Key-File/.test(line)) {
    throw new PaasError(
      'invalid',
      'key.private',
      'This is a private key. It was not kept; only its public half is needed.',
      {
        fix: 'Never hand out this file. Paste the file that ends in .pub instead.',
        command: 'paas keys:add ~/.ssh/id_ed25519.pub',
      },
    )
  }
  if (line.startsWith('---- BEGIN')) {
    throw new PaasError(
      'invalid',
      'key.format',
      'This public key is in RFC 4716 form; the one-line OpenSSH form is needed.',
      {
        command: 'ssh-keygen -i -f key.pub',
      },
    )
  }
  if (/[\r\n]/.test(line)) throw broken('it has more than one line; add one key at a time')
}

function objectionTo(type: string, fields: Buffer[]): string | undefined {
  if (type === 'ssh-ed25519') return exact(fields, 2) ?? length(fields[1], ED25519_BYTES)
  if (type === 'ssh-rsa') return exact(fields, 3) ?? rsaObjection(fields[2])
  if (type.startsWith('ecdsa-sha2-')) return exact(fields, 3) ?? curveObjection(type, fields)
  if (type === 'ssh-dss') return 'DSA keys are too weak'
  if (type.startsWith('sk-')) return 'keys on security tokens are not supported yet'
  if (type.includes('-cert-')) return 'certificates are not supported'
  return `the type ${type.slice(0, 40)} is not known`
}

function rsaObjection(modulus: Buffer | undefined): string | undefined {
  const first = modulus?.findIndex((byte) => byte !== 0) ?? -1
  if (!modulus || first < 0) return 'its modulus is empty'
  const bits = (modulus.length - first) * 8 - Math.clz32(modulus[first] ?? 0) + 24
  return bits < RSA_MIN_BITS ? `an RSA key needs ${RSA_MIN_BITS} bits, this one has ${bits}` : undefined
}

function curveObjection(type: string, [, curve, point]: Buffer[]): string | undefined {
  const name = curve?.toString('latin1') ?? ''
  if (type !== `ecdsa-sha2-${name}` || !(name in CURVE_POINT_BYTES)) return 'its curve is not known'
  if (point?.[0] !== UNCOMPRESSED_POINT) return 'its point is not in the usual form'
  return length(point, CURVE_POINT_BYTES[name] ?? 0)
}

function exact(fields: Buffer[], count: number): string | undefined {
  return fields.length === count ? undefined : 'its parts are incomplete'
}

function length(field: Buffer | undefined, bytes: number): string | undefined {
  return field?.length === bytes ? undefined : 'its length is wrong'
}

/** RFC 4251 strings: four bytes of length, then the bytes. */
function readFields(blob: Buffer): Buffer[] {
  const fields: Buffer[] = []
  let offset = 0
  while (offset < blob.length) {
    const end = offset + 4 <= blob.length ? offset + 4 + blob.readUInt32BE(offset) : Number.POSITIVE_INFINITY
    if (end > blob.length) throw broken('it is cut off')
    fields.push(blob.subarray(offset + 4, end))
    offset = end
  }
  return fields
}

function cleanComment(comment: string): string {
  return comment.replace(/\p{Cc}/gu, '').slice(0, COMMENT_MAX)
}

function withOptions(): PaasError {
  return new PaasError('invalid', 'key.options', 'Options before the key are not supported.', {
    fix: 'Leave them out: begin with the type, such as ssh-ed25519.',
  })
}

function broken(why: string): PaasError {
  return new PaasError('invalid', 'key.broken', `This is not an OpenSSH public key: ${why}.`, {
    fix: 'Paste the one line of the file that ends in .pub.',
    command: 'paas keys:add ~/.ssh/id_ed25519.pub',
  })
}

function unsupported(why: string): PaasError {
  return new PaasError('invalid', 'key.unsupported', `This key cannot be used: ${why}.`, {
    fix: 'Make a new one and add its .pub file.',
    command: 'ssh-keygen -t ed25519',
  })
}

import { generateKeyPairSync, randomBytes } from 'node:crypto'

/** OpenSSH's private key file (PROTOCOL.key in its source), as far as an unencrypted ed25519 key needs it. */
const MAGIC = Buffer.from('openssh-key-v1\0')
const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----'
const END = '-----END OPENSSH PRIVATE KEY-----'
const TYPE = 'ssh-ed25519'
const NO_CIPHER = 'none'
const BLOCK_BYTES = 8
const LINE_CHARACTERS = 70

export function createOpensshKey(comment: string): string {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const open = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url')
  const blob = Buffer.concat([string(TYPE), string(open)])
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, blob, string(Buffer.concat([seed, open])), string(comment)])
  const none = [string(NO_CIPHER), string(NO_CIPHER), string('')]
  return armored(Buffer.concat([MAGIC, ...none, number(1), string(blob), string(padded(secret))]))
}

/** The public half, which is in the clear; undefined for anything but an unencrypted OpenSSH ed25519 key. */
export function publicBlobOf(key: string): Buffer | undefined {
  const [, base64] = new RegExp(`^${BEGIN}([A-Za-z0-9+/=\\s]+)${END}\\s*$`).exec(key) ?? []
  const body = Buffer.from(base64 ?? '', 'base64')
  const head = Buffer.concat([MAGIC, string(NO_CIPHER), string(NO_CIPHER), string(''), number(1)])
  if (!body.subarray(0, head.length).equals(head)) return undefined
  const length = body.readUInt32BE(head.length)
  const blob = body.subarray(head.length + 4, head.length + 4 + length)
  return blob.subarray(0, 4 + TYPE.length).equals(string(TYPE)) ? blob : undefined
}

function padded(secret: Buffer): Buffer {
  const missing = (BLOCK_BYTES - (secret.length % BLOCK_BYTES)) % BLOCK_BYTES
  return Buffer.concat([secret, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))])
}

function armored(body: Buffer): string {
  const lines = body.toString('base64').match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? []
  return [BEGIN, ...lines, END, ''].join('\n')
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([number(bytes.length), bytes])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

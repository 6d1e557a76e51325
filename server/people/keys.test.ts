import { execFileSync } from 'node:child_process'
import { mkdtempDisposableSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Database } from '../db/database.ts'
import { Keys } from './keys.ts'
import { parsePublicKey } from './public-key.ts'
import { Users } from './users.ts'

const KINDS = {
  ed25519: ['-t', 'ed25519'],
  ecdsa256: ['-t', 'ecdsa', '-b', '256'],
  ecdsa384: ['-t', 'ecdsa', '-b', '384'],
  ecdsa521: ['-t', 'ecdsa', '-b', '521'],
  rsa: ['-t', 'rsa', '-b', '2048'],
  rsa1024: ['-t', 'rsa', '-b', '1024'],
  second: ['-t', 'ed25519'],
}
type Kind = keyof typeof KINDS

let directory: ReturnType<typeof mkdtempDisposableSync>
beforeAll(() => {
  directory = mkdtempDisposableSync(join(tmpdir(), 'paas-keys-'))
  for (const [kind, options] of Object.entries(KINDS)) {
    execFileSync('ssh-keygen', [
      '-q',
      ...options,
      '-N',
      '',
      '-C',
      `ann on her ${kind}`,
      '-f',
      join(directory.path, kind),
    ])
  }
})
afterAll(() => directory.remove())

const line = (kind: Kind) => readFileSync(join(directory.path, `${kind}.pub`), 'utf8')
const failing = (code: string) => expect.objectContaining({ code })

describe('reading a public key', () => {
  test.each(['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa'] as const)(
    'an %s key as ssh-keygen writes it is taken, its comment with spaces too',
    (kind) => {
      const printed = execFileSync('ssh-keygen', ['-lf', join(directory.path, `${kind}.pub`)], { encoding: 'utf8' })
      const key = parsePublicKey(line(kind))
      expect(key.fingerprint).toBe(printed.split(' ')[1])
      expect(key.comment).toBe(`ann on her ${kind}`)
    },
  )

  test('a key without a comment is taken', () => {
    expect(parsePublicKey(line('ed25519').split(' ').slice(0, 2).join(' ')).comment).toBe('')
  })

  test('a private key is refused, is not in the error, and nothing of it is kept', () => {
    const text = readFileSync(join(directory.path, 'ed25519'), 'utf8')
    expect(() => parsePublicKey(text)).toThrow(failing('key.private'))
    expect(() => parsePublicKey(text)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('b3Bl') }),
    )
  })

  test('options are refused, with and without quotes', () => {
    for (const option of ['no-pty', 'command="rm -rf /",no-pty', 'from="10.0.0.0/8"', 'restrict']) {
      expect(() => parsePublicKey(`${option} ${line('ed25519')}`)).toThrow(failing('key.options'))
    }
  })

  test('a short RSA key is refused with its size', () => {
    expect(() => parsePublicKey(line('rsa1024'))).toThrow(/needs 2048 bits, this one has 1024/)
  })

  test('RFC 4716 form is refused with the command that converts it', () => {
    const text = execFileSync('ssh-keygen', ['-e', '-f', join(directory.path, 'ed25519.pub')], { encoding: 'utf8' })
    expect(() => parsePublicKey(text)).toThrow(failing('key.format'))
  })

  test('several keys at once, cut, mislabelled and made-up ones are refused', () => {
    const [type = '', base64 = ''] = line('ed25519').split(' ')
    const broken = [
      line('ed25519') + line('second'),
      `${type} ${base64.slice(0, 40)}`,
      `${type} ${base64.slice(0, -4)}!!!!`,
      `ssh-rsa ${base64}`,
      type,
      '',
      'hello world',
    ]
    for (const text of broken) expect(() => parsePublicKey(text)).toThrow(failing('key.broken'))
  })

  test.each([
    ['ssh-dss', /DSA/],
    ['sk-ssh-ed25519@openssh.com', /security tokens/],
    ['ssh-ed25519-cert-v01@openssh.com', /certificates/],
  ])('%s is refused with the reason', (type, reason) => {
    expect(() => parsePublicKey(`${type} ${blobOf(type)}`)).toThrow(reason)
  })

  test('control characters do not get into the comment', () => {
    expect(parsePublicKey(`${line('ed25519').trim()}\x1b[31m red`).comment).toBe('ann on her ed25519[31m red')
  })
})

describe('keys of users', () => {
  let db: Database
  let keys: Keys
  let now = Date.parse('2026-01-01T00:00:00Z')
  let ann: string
  let bob: string
  beforeEach(({ onTestFinished }) => {
    const place = mkdtempDisposableSync(join(tmpdir(), 'paas-keys-db-'))
    db = Database.open(join(place.path, 'paas.db'))
    onTestFinished(() => {
      db[Symbol.dispose]()
      place.remove()
    })
    keys = new Keys(db, () => now)
    const users = new Users(db)
    ann = users.create('ann', { boxOwner: true }).id
    bob = users.create('bob', { boxOwner: false }).id
  })

  test('the blob that a client offers finds its user, and its use is remembered', () => {
    const { fingerprint } = keys.add(ann, line('ed25519'))
    const { blob } = parsePublicKey(line('ed25519'))
    expect(keys.list(ann)[0]?.lastUsedAt).toBeNull()
    expect(keys.findUser(blob)).toMatchObject({ user: { name: 'ann', boxOwner: true }, fingerprint })
    expect(keys.list(ann)[0]?.lastUsedAt).toBe('2026-01-01T00:00:00.000Z')
    expect(keys.findUser(parsePublicKey(line('second')).blob)).toBeUndefined()
    now += 1
  })

  test('a user has 50 at most, and may still rename one of them', () => {
    const { type, base64 } = ed25519(0)
    for (let n = 0; n < 50; n += 1) keys.add(ann, `${ed25519(n).type} ${ed25519(n).base64} key ${n}`)
    expect(() => keys.add(ann, line('ed25519'))).toThrow(failing('key.limit'))
    expect(keys.add(ann, `${type} ${base64} laptop`).comment).toBe('laptop')
    keys.remove(ann, 'key 7')
    expect(keys.add(ann, line('ed25519')).type).toBe('ssh-ed25519')
    expect(keys.add(bob, line('second')).type).toBe('ssh-ed25519')
  })

  test('a key belongs to one user; adding it again only changes its comment', () => {
    keys.add(ann, line('ed25519'))
    expect(() => keys.add(bob, line('ed25519'))).toThrow(failing('key.taken'))
    const again = keys.add(ann, `${line('ed25519').split(' ').slice(0, 2).join(' ')} new laptop`)
    expect(keys.list(ann)).toEqual([again])
    expect(again.comment).toBe('new laptop')
  })

  test('a key is removed by fingerprint or comment, and an ambiguous comment is refused', () => {
    const first = keys.add(ann, line('ed25519'))
    keys.add(ann, line('ecdsa256'))
    keys.remove(ann, 'ann on her ecdsa256')
    keys.add(ann, line('second').replace('second', 'ed25519'))
    expect(() => keys.remove(ann, 'ann on her ed25519')).toThrow(failing('key.ambiguous'))
    keys.remove(ann, first.fingerprint)
    expect(keys.list(ann)).toHaveLength(1)
    expect(() => keys.remove(ann, first.fingerprint)).toThrow(failing('key.not-found'))
    expect(() => keys.remove(bob, 'ann on her ed25519')).toThrow(failing('key.not-found'))
  })
})

function blobOf(type: string): string {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type)]).toString('base64')
}

/** A key of the right form that nobody has made. */
function ed25519(n: number): { type: string; base64: string } {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.alloc(32, n + 1))])
  return { type: 'ssh-ed25519', base64: blob.toString('base64') }
}

import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PaasError } from '../errors.ts'
import { SecretBox } from './secret-box.ts'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paas-key-'))
  file = join(directory, 'secret.key')
})
afterEach(() => rm(directory, { recursive: true }))

const VALUE = 'postgres://user:hunter2@host/db ✓'
const PLACE = 'config_vars|app_1|DATABASE_URL'

test('what is sealed opens again in its place, and looks different each time', () => {
  SecretBox.create(file)
  const box = SecretBox.open(file)
  const sealed = box.seal(VALUE, PLACE)
  expect(SecretBox.open(file).unseal(sealed, PLACE)).toBe(VALUE)
  expect(sealed.toString()).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/)
  expect(sealed.toString('latin1')).not.toContain('hunter2')
  expect(box.seal(VALUE, PLACE).equals(sealed)).toBe(false)
  expect(box.unseal(box.seal('', PLACE), PLACE)).toBe('')
})

test('a value that was moved, changed or sealed with another key does not open, and its error does not show it', () => {
  SecretBox.create(file)
  SecretBox.create(`${file}.other`)
  const box = SecretBox.open(file)
  const sealed = box.seal(VALUE, PLACE)
  const parts = sealed.toString().split('.')
  const attempts: [Uint8Array, string][] = [
    [sealed, 'config_vars|app_2|DATABASE_URL'],
    [SecretBox.open(`${file}.other`).seal(VALUE, PLACE), PLACE],
    [Buffer.from('plain text'), PLACE],
    [Buffer.alloc(0), PLACE],
    ...parts.map((part, index): [Uint8Array, string] => {
      const changed = parts.with(index, part.startsWith('A') ? `B${part.slice(1)}` : `A${part.slice(1)}`)
      return [Buffer.from(changed.join('.')), PLACE]
    }),
    [Buffer.from(parts.with(4, parts[4]?.slice(0, 8) ?? '').join('.')), PLACE],
  ]
  for (const [bytes, place] of attempts) {
    const error = thrownBy(() => box.unseal(bytes, place))
    expect(error.code).toBe('secret.unreadable')
    expect(JSON.stringify([error.message, error.help])).not.toMatch(/hunter2|plain text/)
  }
})

test('the key file is private and never overwritten', () => {
  SecretBox.create(file)
  const before = readFileSync(file, 'utf8')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(thrownBy(() => SecretBox.create(file)).code).toBe('secret-key.exists')
  expect(readFileSync(file, 'utf8')).toBe(before)
})

test('a missing key is an error, not a new key', () => {
  expect(thrownBy(() => SecretBox.open(file)).code).toBe('secret-key.missing')
  expect(thrownBy(() => SecretBox.open(file)).code).toBe('secret-key.missing')
})

test.each([0o640, 0o604, 0o660, 0o622])(
  'a key file with mode %o is refused with the command that repairs it',
  (mode) => {
    SecretBox.create(file)
    chmodSync(file, mode)
    const error = thrownBy(() => SecretBox.open(file))
    expect(error.code).toBe('secret-key.exposed')
    expect(error.help.command).toBe(`chmod 600 ${file}`)
  },
)

test.each([
  ['an empty file', ''],
  ['typed text', 'change-me'],
  ['a short key', Buffer.from(Array.from({ length: 16 }, (_, n) => n * 37)).toString('base64')],
  ['zeros', Buffer.alloc(32).toString('base64')],
  ['one byte repeated', Buffer.alloc(32, 0xa5).toString('base64')],
  ['a pattern', Buffer.from('deadbeef'.repeat(8), 'hex').toString('base64')],
  ['a counting example', Buffer.from(Array.from({ length: 32 }, (_, n) => n)).toString('base64')],
  ['a known example sentence', Buffer.from('abcdefghijklmnopqrstuvwxyz012345').toString('base64')],
  ['a long key', Buffer.from(Array.from({ length: 33 }, (_, n) => (n * 89) & 255)).toString('base64')],
])('a weak key is refused: %s', (_, text) => {
  writeFileSync(file, text, { mode: 0o600 })
  const error = thrownBy(() => SecretBox.open(file))
  expect(error.code).toBe('secret-key.weak')
  if (text) expect(error.message).not.toContain(text)
})

function thrownBy(fn: () => unknown): PaasError {
  try {
    fn()
  } catch (error) {
    if (error instanceof PaasError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOpensshKey, publicBlobOf } from './openssh-key.ts'

const run = promisify(execFile)
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paas-key-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

test('OpenSSH reads the key and finds the same public half', async () => {
  const key = createOpensshKey('paas')
  const file = join(directory, 'made')
  await writeFile(file, key, { mode: 0o600 })
  const { stdout } = await run('ssh-keygen', ['-y', '-f', file])
  expect(stdout.trim()).toBe(`ssh-ed25519 ${publicBlobOf(key)?.toString('base64')} paas`)
})

test("the public half of OpenSSH's own keys is found", async () => {
  const file = join(directory, 'theirs')
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  const [, base64] = (await readFile(`${file}.pub`, 'utf8')).split(' ')
  expect(publicBlobOf(await readFile(file, 'utf8'))?.toString('base64')).toBe(base64)
})

test.each(['encrypted', 'rsa'])('an %s key is not one to start with', async (kind) => {
  const file = join(directory, kind)
  const options = kind === 'rsa' ? ['-t', 'rsa', '-N', ''] : ['-t', 'ed25519', '-N', 'secret-words']
  await run('ssh-keygen', ['-q', ...options, '-f', file])
  expect(publicBlobOf(await readFile(file, 'utf8'))).toBeUndefined()
})

test('no two keys are the same', () => {
  expect(createOpensshKey('paas')).not.toBe(createOpensshKey('paas'))
})

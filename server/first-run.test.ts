import { chmodSync, existsSync, mkdtempDisposableSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { initialise } from './first-run.ts'

test('the data root is made for its owner only, and each first run prints another claim secret', () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'paas-first-'))
  const config = readConfig({ PAAS_DATA: join(directory.path, 'data') })
  const { claim } = initialise(config)
  expect(claim).toMatch(/^[0-9a-z]{26}$/)
  for (const path of [config.data, config.repositories, config.builds, config.logs]) {
    expect(statSync(path).mode & 0o777).toBe(0o700)
  }
  for (const path of [config.database, config.secretKey]) expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(initialise(config).claim).not.toBe(claim)
})

test('a directory in which others may write is refused before a key is put there', () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'paas-first-'))
  chmodSync(directory.path, 0o777)
  const config = readConfig({ PAAS_DATA: directory.path })
  expect(() => initialise(config)).toThrow(
    expect.objectContaining({
      code: 'data.exposed',
      help: expect.objectContaining({ command: `chmod 700 ${directory.path}` }),
    }),
  )
  expect(existsSync(config.secretKey)).toBe(false)
})

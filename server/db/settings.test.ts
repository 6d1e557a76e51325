import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Database } from './database.ts'
import { Settings } from './settings.ts'

test('a setting is absent, then has the value it was given last', () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'paas-settings-'))
  using db = Database.open(join(directory.path, 'paas.db'))
  const settings = new Settings(db)
  expect(settings.get('base_domain')).toBeUndefined()
  settings.set('base_domain', 'one.example')
  settings.set('base_domain', 'two.example')
  expect(settings.get('base_domain')).toBe('two.example')
  settings.unset('base_domain')
  expect(settings.get('base_domain')).toBeUndefined()
})

test('a change that throws changes nothing', () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'paas-settings-'))
  using db = Database.open(join(directory.path, 'paas.db'))
  const settings = new Settings(db)
  const change = () => {
    settings.set('base_domain', 'one.example')
    throw new Error('no')
  }
  expect(() => settings.transaction(change)).toThrow('no')
  expect(settings.get('base_domain')).toBeUndefined()
})

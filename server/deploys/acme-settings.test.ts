import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UpdateAcme } from '../contract/acme.ts'
import { Database } from '../db/database.ts'
import { SecretBox } from '../db/secret-box.ts'
import { Settings } from '../db/settings.ts'
import { AcmeStore } from './acme-settings.ts'
import { routeTable } from './route-table.ts'

let directory: ReturnType<typeof mkdtempDisposableSync>
let db: Database
let settings: Settings
let store: AcmeStore
let logged: string[]
beforeEach(() => {
  directory = mkdtempDisposableSync(join(tmpdir(), 'paas-acme-'))
  SecretBox.create(join(directory.path, 'secret.key'))
  db = Database.open(join(directory.path, 'paas.db'))
  settings = new Settings(db)
  logged = []
  const log = { error: (event: string) => void logged.push(event), info: (event: string) => void logged.push(event) }
  const box = SecretBox.open(join(directory.path, 'secret.key'))
  store = new AcmeStore({ settings, box, enabled: true, log })
})
afterEach(() => {
  db[Symbol.dispose]()
  directory.remove()
})

const update = (changes: unknown) => store.update(UpdateAcme.parse(changes))
const CA = { name: 'Own', directoryUrl: 'https://ca.example.test/dir' }
const CLEAR = {
  email: 'box@example.test',
  issuers: [{ ...CA, eab: { keyId: 'k1', hmacKey: 'SECRETHMAC' } }],
  dns: [{ zone: 'example.test', provider: 'cloudflare', settings: { token: 'SECRETTOKEN' } }],
}

test('without settings Let’s Encrypt is asked; what is set replaces it', () => {
  expect(store.forRouter().issuers).toMatchObject([{ name: 'Let’s Encrypt', challenge: 'http-01' }])
  update({ email: 'box@example.test', issuers: ['staging', CA] })
  expect(store.forRouter()).toMatchObject({ email: 'box@example.test', issuers: [{ profile: null }, { name: 'Own' }] })
  expect(update({ issuers: null, email: 'box@example.test' }).changed).toEqual(['issuers'])
  expect(store.get().issuers).toMatchObject([{ name: 'Let’s Encrypt', eabKeyId: null }])
})

test('a row in clear is read, and sealed at the next start', () => {
  settings.set('acme', JSON.stringify(CLEAR))
  const before = store.forRouter()
  expect(before).toMatchObject(CLEAR)
  store.sealClear()
  expect(settings.get('acme')).not.toMatch(/SECRET/)
  expect(store.forRouter()).toEqual(before)
  expect(logged).toEqual(['acme.sealed'])
  store.sealClear()
  expect(logged).toHaveLength(1)
})

test('secrets go in and come out for the router alone', () => {
  store.putZone('example.test', { provider: 'cloudflare', settings: { token: 'SECRETTOKEN' } })
  update({ issuers: [{ ...CA, eab: { keyId: 'k1', hmacKey: 'SECRETHMAC' } }], wildcards: ['*.example.test'] })
  expect(JSON.stringify(store.get()) + settings.get('acme')).not.toMatch(/SECRET/)
  expect(store.get()).toMatchObject({
    issuers: [{ eabKeyId: 'k1' }],
    dns: [{ zone: 'example.test', provider: 'cloudflare', settings: ['token'] }],
  })
  expect(store.forRouter()).toMatchObject({
    issuers: [{ eab: { hmacKey: 'SECRETHMAC' } }],
    dns: [{ settings: { token: 'SECRETTOKEN' } }],
  })
})

test('a sealed secret that was moved to another zone does not open, and orders stop', () => {
  store.putZone('example.test', { provider: 'cloudflare', settings: { token: 'SECRETTOKEN' } })
  settings.set('acme', settings.get('acme')?.replace('"zone":"example.test"', '"zone":"evil.test"') ?? '')
  expect(store.forRouter().issuers).toEqual([])
  expect(logged).toEqual(['acme.settings'])
})

test('the key of an external account stays with its directory until it is taken away', () => {
  update({ issuers: [{ ...CA, eab: { keyId: 'k1', hmacKey: 'SECRETHMAC' } }] })
  update({ issuers: [{ ...CA, profile: 'shortlived' }, 'letsencrypt'] })
  expect(store.forRouter().issuers).toMatchObject([
    { profile: 'shortlived', eab: { hmacKey: 'SECRETHMAC' } },
    { eab: null },
  ])
  update({ issuers: [{ ...CA, eab: null }] })
  expect(store.forRouter().issuers[0]?.eab).toBeNull()
})

test('a wildcard needs somebody who writes its DNS records', () => {
  const failing = expect.objectContaining({ code: 'acme.invalid' })
  expect(() => update({ wildcards: ['*.apps.example.test'] })).toThrow(failing)
  store.putZone('example.test', { provider: 'cloudflare', settings: { token: 't' } })
  update({ wildcards: ['*.apps.example.test'] })
  expect(() => store.removeZone('example.test')).toThrow(failing)
  expect(() => store.removeZone('other.test')).toThrow(expect.objectContaining({ code: 'acme.zone-not-found' }))
  update({ wildcards: null })
  store.removeZone('example.test')
  expect(store.get().dns).toEqual([])
})

test('settings that are damaged stop orders and nothing else, and no change makes them worse', () => {
  for (const row of ['{', '{"issuers":[{}]}']) {
    logged.length = 0
    settings.set('acme', row)
    expect(store.forRouter().issuers).toEqual([])
    expect(logged).toEqual(['acme.settings'])
    expect(() => update({ email: null })).toThrow(expect.objectContaining({ code: 'acme.damaged' }))
    expect(settings.get('acme')).toBe(row)
  }
})

test('every service gets TLS where the router has it, and none elsewhere', () => {
  const platform = { hosts: ['paas.example.test'], endpoint: { host: '127.0.0.1', port: 7600 } }
  const input = { version: 1, engineBootId: 'b1', apps: [], platform, leaving: new Set<string>(), paths: [] }
  expect(routeTable(input).services[0]?.tls).toBeUndefined()
  const table = routeTable({ ...input, acme: store.forRouter() })
  expect(table.services[0]?.tls).toEqual({ mode: 'auto', redirect: true, hstsSeconds: 0 })
  expect(table.acme?.issuers).toHaveLength(1)
})

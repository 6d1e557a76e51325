import { expect, test } from 'vitest'
import { routeTable } from './route-table.ts'
import { acmeSettings } from './tls-policy.ts'

const read = (row: string | undefined) => {
  const logged: string[] = []
  const log = { error: (event: string) => void logged.push(event) }
  return { acme: acmeSettings({ get: () => row }, log), logged }
}

test('without settings Let’s Encrypt is asked; what is set replaces it', () => {
  expect(read(undefined).acme.issuers).toMatchObject([{ name: 'Let’s Encrypt', challenge: 'http-01' }])
  const row = '{"email":"box@example.test","issuers":[{"name":"Own","directoryUrl":"https://ca.example.test/dir"}]}'
  expect(read(row).acme).toMatchObject({ email: 'box@example.test', issuers: [{ name: 'Own', eab: null }] })
})

test('settings that are damaged stop orders, and nothing else', () => {
  for (const row of ['{', '{"issuers":[{}]}']) {
    expect(read(row)).toMatchObject({ acme: { issuers: [] }, logged: ['acme.settings'] })
  }
})

test('every service gets TLS where the router has it, and none elsewhere', () => {
  const platform = { hosts: ['paas.example.test'], endpoint: { host: '127.0.0.1', port: 7600 } }
  const input = { version: 1, engineBootId: 'b1', apps: [], platform, leaving: new Set<string>(), paths: [] }
  expect(routeTable(input).services[0]?.tls).toBeUndefined()
  const table = routeTable({ ...input, acme: read(undefined).acme })
  expect(table.services[0]?.tls).toEqual({ mode: 'auto', redirect: true, hstsSeconds: 0 })
  expect(table.acme?.issuers).toHaveLength(1)
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import type { Client } from '../contract/client.ts'

let kit: ApiKit
let client: Client
beforeEach(async () => {
  kit = await ApiKit.start()
  client = kit.client()
  await client.call('apps.create', { body: { name: 'shop' } })
  await client.call('domains.add', { params: { app: 'shop' }, body: { host: 'www.shop.com' } })
})
afterEach(() => kit[Symbol.asyncDispose]())

const params = { app: 'shop' }
const PAIR = { chain: '-----BEGIN CERTIFICATE-----', key: '-----BEGIN PRIVATE KEY-----' }

test('an app sees the certificates of its own hosts, and nobody else’s', async () => {
  const status = {
    source: 'auto',
    state: 'issued',
    reason: '',
    nextTryAt: null,
    issuer: 'CA',
    notAfter: null,
    alarm: null,
  } as const
  for (const name of ['www.shop.com', '*.paas.test', 'www.other.com']) {
    kit.router.certificatesHeld.push({ name, names: [name], service: null, ...status })
  }
  kit.router.certificatesHeld.push({ name: 'other', names: ['www.shop.com'], service: 'other', ...status })
  const { items } = await client.call('certs.list', { params })
  expect(items.map(({ name }) => name)).toEqual(['www.shop.com', '*.paas.test'])
  const all = await client.call('certs.all')
  expect(all.items.map(({ name, app }) => [name, app])).toEqual([
    ['www.shop.com', null],
    ['*.paas.test', null],
    ['www.other.com', null],
    ['other', 'other'],
  ])
})

test('one’s own is put for this app alone, and taken away again', async () => {
  expect(await client.call('certs.add', { params, body: PAIR })).toMatchObject({ names: ['www.shop.com'] })
  expect(kit.router.certificatesHeld).toMatchObject([{ name: 'shop', service: 'shop' }])
  expect((await client.call('certs.list', { params })).items).toHaveLength(1)
  await client.call('certs.remove', { params })
  expect(kit.router.certificatesHeld).toEqual([])
})

test('what the router refuses is passed on in its words', async () => {
  const refused = client.call('certs.add', { params, body: { ...PAIR, chain: 'x' } })
  await expect(refused).rejects.toMatchObject({ problem: { code: 'certificate.invalid', detail: 'There is no PEM.' } })
})

test('a check is for hosts of the app', async () => {
  const check = await client.call('domains.check', { params: { ...params, host: 'www.shop.com' } })
  expect(check).toMatchObject({ ready: false, reason: 'www.shop.com leads nowhere.' })
  const other = client.call('domains.check', { params: { ...params, host: 'www.other.com' } })
  await expect(other).rejects.toMatchObject({ problem: { code: 'domain.not-found' } })
})

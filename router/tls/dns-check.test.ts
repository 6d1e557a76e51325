import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Challenges } from './challenges.ts'
import { type CaaRecord, type Lookup, LookupFailed } from './dns/lookup.ts'
import { DnsCheck } from './dns-check.ts'

const NAME = 'shop.example.test'
const BOX = '192.0.2.10'
const challenges = new Challenges()
const box = createServer((request, response) => {
  const file = challenges.file(request.url ?? '')
  response.writeHead(file ? 200 : 404).end(file ?? 'who?')
})
let records: { addresses: string[]; caa: CaaRecord[]; failing?: boolean }
let check: DnsCheck

beforeEach(async () => {
  records = { addresses: [BOX], caa: [] }
  await new Promise<void>((resolve) => box.listen(0, '127.0.0.1', () => resolve()))
  const lookup = {
    addresses: async () => {
      if (records.failing) throw new LookupFailed('DNS does not answer for shop.example.test (ESERVFAIL)')
      return records.addresses
    },
    caa: async () => ({ at: 'example.test', records: records.caa }),
  } as unknown as Lookup
  check = new DnsCheck({ lookup, challenges, httpPort: (box.address() as AddressInfo).port, reachMs: 2_000 })
})
afterEach(async () => {
  box.closeAllConnections()
  await new Promise((resolve) => box.close(resolve))
})

async function reason(name = NAME, byDns = false): Promise<string> {
  const caaIdentities = async () => ['ca.example']
  return (await check.check({ name, byDns, addresses: [BOX], caaIdentities })).reason
}

test('a name that leads to an address of the box is ready', async () => {
  expect(await reason()).toBe('')
})

test('a name that leads nowhere, or elsewhere, is told the record that it needs', async () => {
  records.addresses = []
  expect(await reason()).toBe(`${NAME} has no A or AAAA record. Add an A record that leads to ${BOX}.`)
  records.addresses = ['127.0.0.9']
  expect(await reason()).toMatch(
    /leads to 127\.0\.0\.9, where this box does not answer \(.*ECONNREFUSED.*\)\. Let its A record/,
  )
})

test('a name behind a CDN or a forwarded port is ready when its requests come here all the same', async () => {
  records.addresses = ['127.0.0.1']
  const own = await check.check({ name: NAME, byDns: false, addresses: [BOX], caaIdentities: async () => [] })
  expect(own.ready).toBe(true)
})

test('an AAAA record that leads elsewhere is named, for issuers try it first', async () => {
  records.addresses = [BOX, '2001:db8::1']
  expect(await reason()).toMatch(/also has an AAAA record, 2001:db8::1, where this box does not answer/)
})

test('a CAA record that allows others alone is named, with the one to add', async () => {
  records.caa = [{ tag: 'issue', value: 'other.example; validationmethods=dns-01' }]
  expect(await reason()).toBe(
    'A CAA record of example.test allows other.example to issue, and not ca.example. Add: example.test. CAA 0 issue "ca.example"',
  )
  records.caa.push({ tag: 'issue', value: 'ca.example' })
  expect(await reason()).toBe('')
  records.caa.push({ tag: 'issuewild', value: ';' })
  expect(await reason()).toBe('')
  expect(await reason('*.example.test', true)).toMatch(/allows nobody to issue/)
})

test('DNS that does not answer is no reason to order', async () => {
  records.failing = true
  expect(await reason()).toMatch(/^DNS does not answer/)
})

test('a name that is proved by DNS records need not lead here', async () => {
  records.addresses = []
  expect(await reason(NAME, true)).toBe('')
})

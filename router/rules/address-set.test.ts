import { expect, test } from 'vitest'
import { AddressSet, readRange } from './address-set.ts'

test('holds single addresses and ranges of both families', () => {
  const set = new AddressSet(['192.0.2.7', '10.1.2.3/8', '2001:db8::/32', '::1'])
  for (const address of ['192.0.2.7', '10.255.0.1', '2001:db8:ffff::1', '::1', '2001:0DB8::5']) {
    expect(set.has(address), address).toBe(true)
  }
  for (const address of ['192.0.2.8', '11.0.0.1', '2001:db9::1', '::2', '', 'app.test']) {
    expect(set.has(address), address).toBe(false)
  }
})

test('a range over everything takes everybody of its family', () => {
  expect(new AddressSet(['0.0.0.0/0']).has('203.0.113.9')).toBe(true)
  expect(new AddressSet(['::/0']).has('2001:db8::1')).toBe(true)
  expect(new AddressSet([]).has('203.0.113.9')).toBe(false)
})

test('the zone of a link-local address is of no account', () => {
  expect(new AddressSet(['fe80::/10']).has('fe80::1%eth0')).toBe(true)
})

test.each(['', '10.0.0.0/33', '::/129', '10.0.0/8', '10.0.0.1/', '10.0.0.1/-1', 'fe80::1%eth0', 'app.test', ' ::1'])(
  '%j is no range',
  (text) => {
    expect(readRange(text)).toBeNull()
  },
)

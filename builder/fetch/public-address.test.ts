import { expect, test } from 'vitest'
import { addressList, isPublicAddress } from './public-address.ts'

test.each(['1.1.1.1', '140.82.121.3', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.100.100.200',
  '127.0.0.1',
  '127.9.9.9',
  '168.63.129.16',
  '169.254.169.254',
  '172.17.0.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:140.82.121.3',
  '64:ff9b::a00:1',
  '2001:0:1::1',
  '2002:a00:1::',
  'fd00:ec2::254',
  'fe80::1',
  'ff02::1',
  'localhost',
  '0x7f000001',
])('%s is not', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test('ranges that the box names are found by either family', () => {
  const within = addressList(['127.0.0.1', '10.2.0.0/16', 'fd00::/8'])
  expect(['127.0.0.1', '10.2.3.4', 'fd12::1'].map(within)).toEqual([true, true, true])
  expect(['127.0.0.2', '10.3.0.1', 'fe80::1'].map(within)).toEqual([false, false, false])
})

import { expect, test } from 'vitest'
import { chooseEncoding } from './accept-encoding.ts'

test.each([
  ['gzip', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['br;q=0.9, gzip;q=1.0', 'gzip'],
  ['zstd;q=0, *', 'br'],
  ['*', 'zstd'],
  ['*;q=0.1, gzip;q=0.5', 'gzip'],
  ['GZIP ; Q=0.5', 'gzip'],
  ['x-gzip', 'gzip'],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
])('%j means %s', (accepted, encoding) => {
  expect(chooseEncoding(accepted)).toBe(encoding)
})

test.each([
  '',
  'identity',
  'deflate',
  'gzip;q=0',
  '*;q=0',
  'gzip;q=0.2, identity;q=0.8',
  'gzip;q=2',
  'gzip;q=x',
  ';q=1',
  'gzip br',
])('%j means none of ours', (accepted) => {
  expect(chooseEncoding(accepted)).toBeNull()
})

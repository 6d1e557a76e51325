import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { checkEndpoint } from './endpoint.ts'

const refusal = expect.objectContaining({ code: 'store.endpoint', kind: 'invalid' })

test.each([
  'https://s3.eu-central-1.example.com',
  'https://203.0.113.7:9000',
  'http://127.0.0.1:9000',
  'http://192.168.1.5:9000',
  'http://[::1]:9000',
  'https://[2001:db8::1]',
])('%s may be a store', (endpoint) => {
  expect(checkEndpoint(endpoint).url.origin).toBe(endpoint)
})

test.each([
  'ftp://s3.example.com',
  's3.example.com',
  'file:///etc/passwd',
  'https://user:pass@s3.example.com',
  'https://s3.example.com/bucket',
  'https://s3.example.com/?a=b',
  'http://203.0.113.7',
  'http://169.254.169.254',
  'https://169.254.169.254',
  'https://2852039166',
  'https://0xa9fea9fe',
  'https://0251.0376.0251.0376',
  'https://[::ffff:169.254.169.254]',
  'https://[::ffff:a9fe:a9fe]',
  'https://[fd00:ec2::254]',
  'https://[fe80::1]',
  'https://100.100.100.200',
  'https://0.0.0.0',
  'https://[::]',
  'https://224.0.0.1',
])('%s may not', (endpoint) => {
  expect(() => checkEndpoint(endpoint)).toThrow(refusal)
})

test('a name is looked at when it is resolved, in either form that node asks for', async () => {
  const { lookup } = checkEndpoint('http://localhost:9000')
  const resolve = promisify(
    lookup as (host: string, options: object, done: (e: Error | null, a: unknown) => void) => void,
  )
  expect(await resolve('localhost', { all: true })).toContainEqual(expect.objectContaining({ address: '127.0.0.1' }))
  expect(await resolve('127.0.0.1', {})).toBe('127.0.0.1')
  await expect(resolve('169.254.169.254', { all: true })).rejects.toEqual(refusal)
  await expect(resolve('203.0.113.7', {})).rejects.toEqual(refusal)
})

import { expect, test } from 'vitest'
import { chooseHost, requireToken } from './host-choice.ts'
import { hostUrl } from './host-url.ts'

const one = { url: 'https://one.example.com', user: 'ada', token: 'token-1' }
const two = { url: 'https://two.example.com', user: 'ada', token: 'token-2' }
const clues = {
  flag: undefined,
  envHost: undefined,
  envToken: undefined,
  credentials: { current: one.url, hosts: [one, two] },
  remote: undefined,
}

test('--host wins over PAAS_HOST, that over the remote, that over the current box', () => {
  expect(chooseHost(clues).url).toBe(one.url)
  expect(chooseHost({ ...clues, remote: two }).url).toBe(two.url)
  expect(chooseHost({ ...clues, remote: two, envHost: 'one.example.com' }).url).toBe(one.url)
  expect(chooseHost({ ...clues, envHost: 'one.example.com', flag: 'two.example.com' }).url).toBe(two.url)
})

test('PAAS_TOKEN goes to PAAS_HOST and to no other box', () => {
  const env = { ...clues, envHost: 'ci.example.com', envToken: 'secret' }
  expect(chooseHost(env)).toMatchObject({ url: 'https://ci.example.com', token: 'secret' })
  expect(chooseHost({ ...env, flag: 'two.example.com' }).token).toBe('token-2')
  expect(chooseHost({ ...env, flag: 'evil.example.com' }).token).toBeUndefined()
})

test('without a box or a token the way to sign in is shown', () => {
  expect(() => chooseHost({ ...clues, credentials: { current: undefined, hosts: [] } })).toThrow(
    expect.objectContaining({ exitCode: 4, advice: expect.objectContaining({ command: 'paas login https://BOX' }) }),
  )
  expect(() => requireToken({ url: 'https://x.example.com', token: undefined, user: undefined })).toThrow(
    expect.objectContaining({ exitCode: 4 }),
  )
})

test('an address without a scheme is https, on loopback http', () => {
  expect(hostUrl('box.example.com')).toBe('https://box.example.com')
  expect(hostUrl('localhost:7600/')).toBe('http://localhost:7600')
  expect(hostUrl('127.0.0.1:7600')).toBe('http://127.0.0.1:7600')
  expect(hostUrl('http://box.example.com:80/x')).toBe('http://box.example.com')
})

test.each(['', 'ftp://x', 'http://', 'https://ada:secret@box', 'a b'])('%j is not the address of a box', (text) => {
  expect(() => hostUrl(text)).toThrow(expect.objectContaining({ exitCode: 2 }))
})

import { expect, test } from 'vitest'
import { hostMirror, mirrorIn, sourceLines } from './mirror.ts'

test('the mirror of the machine is recognised among other repositories', () => {
  const uris = [
    'https://apt.example.test/node',
    'http://mirror.example.test/pub/debian/',
    'http://mirror.example.test/pub/debian-security/',
  ]
  expect(mirrorIn(uris)).toEqual({
    debian: 'http://mirror.example.test/pub/debian',
    security: 'http://mirror.example.test/pub/debian-security',
  })
})

test("a machine that names none by http takes Debian's own", () => {
  const own = { debian: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security' }
  expect(mirrorIn(['http://archive.ubuntu.com/ubuntu/', 'file:/srv/debian/', ''])).toEqual(own)
})

test('whatever this machine is, there is an answer', async () => {
  const { debian, security } = await hostMirror()
  expect(debian).toMatch(/^https?:\/\//)
  expect(security).toMatch(/^https?:\/\//)
})

test('updates and security come with the release', () => {
  expect(sourceLines({ debian: 'http://a/debian', security: 'http://b/debian-security' })).toEqual([
    'deb http://a/debian bookworm main',
    'deb http://a/debian bookworm-updates main',
    'deb http://b/debian-security bookworm-security main',
  ])
})

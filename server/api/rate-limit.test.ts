import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { RateLimit } from './rate-limit.ts'

test('each key has its own limit, and a new minute starts afresh', () => {
  let now = 1_000
  const limit = new RateLimit(2, () => now)
  expect([limit.use('a'), limit.use('a'), limit.use('a'), limit.use('b')]).toEqual([0, 0, 60, 0])
  now += 59_500
  expect(limit.use('a')).toBe(1)
  now += 500
  expect(limit.use('a')).toBe(0)
})

test('one who tries tokens is slowed down, and those who have one are not', async () => {
  await using kit = await ApiKit.start()
  const token = kit.token()
  const statuses = await Promise.all(
    Array.from({ length: 130 }, async () => (await kit.fetch('GET', '/user', { token: 'paas_guess' })).status),
  )
  expect(statuses.filter((status) => status === 401)).toHaveLength(120)
  expect(statuses.filter((status) => status === 429)).toHaveLength(10)
  const limited = await kit.fetch('GET', '/user', { token: 'paas_guess' })
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await kit.fetch('GET', '/user', { token })).status).toBe(200)
})

test('a wrong claim secret is refused a hundred times, and after ten with a limit', async () => {
  await using kit = await ApiKit.start()
  const secret = kit.claims.issue()
  const claim = async (guess: string) =>
    (await kit.fetch('POST', '/claim', { body: { secret: guess, user: 'mallory' } })).status
  const statuses: number[] = []
  for (let tries = 0; tries < 100; tries++) statuses.push(await claim(`guess-${tries}`))
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(403))
  expect(new Set(statuses.slice(10))).toEqual(new Set([429]))
  expect(await claim(secret)).toBe(429)
  expect(kit.users.find('mallory')).toBeUndefined()
})

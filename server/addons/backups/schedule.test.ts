import { describe, expect, test } from 'vitest'
import { checkTimes, JITTER_MS, jittered, nextTime } from './schedule.ts'

const utc = (pattern: string) => ({ pattern, timezone: 'UTC' })
const next = (pattern: string, after: string, timezone = 'UTC') =>
  nextTime({ pattern, timezone }, new Date(after)).toISOString()

describe('the next time', () => {
  test('is after the one that was', () => {
    expect(next('0 2 * * *', '2026-03-01T02:00:00Z')).toBe('2026-03-02T02:00:00.000Z')
    expect(next('0 2 * * *', '2026-03-01T01:59:59Z')).toBe('2026-03-01T02:00:00.000Z')
  })

  test('is that of the clocks there', () => {
    expect(next('0 2 * * *', '2026-07-01T12:00:00Z', 'America/Los_Angeles')).toBe('2026-07-02T09:00:00.000Z')
    expect(next('0 2 * * *', '2026-01-01T12:00:00Z', 'America/Los_Angeles')).toBe('2026-01-02T10:00:00.000Z')
  })

  test('comes once on the day that an hour is missing, and once on the day that has it twice', () => {
    const between = (from: string, to: string) => {
      const found: string[] = []
      let at = new Date(from)
      while (at < new Date(to)) {
        at = nextTime({ pattern: '30 2 * * *', timezone: 'Europe/Berlin' }, at)
        found.push(at.toISOString().slice(0, 10))
      }
      return found
    }
    expect(between('2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z').filter((day) => day === '2026-03-29')).toHaveLength(
      1,
    )
    expect(between('2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z').filter((day) => day === '2026-10-25')).toHaveLength(
      1,
    )
  })
})

describe('jitter', () => {
  const due = new Date('2026-03-01T02:00:00Z')

  test('is the same whenever it is asked for, and another for each subject', () => {
    const starts = ['a', 'b', 'c', 'd'].map((subject) => jittered(utc('0 2 * * *'), due, subject).getTime())
    expect(starts).toEqual(['a', 'b', 'c', 'd'].map((subject) => jittered(utc('0 2 * * *'), due, subject).getTime()))
    expect(new Set(starts).size).toBe(4)
    for (const start of starts) expect(start - due.getTime()).toBeLessThanOrEqual(JITTER_MS)
  })

  test('of what comes every minute stays within half a minute', () => {
    for (const subject of 'abcdefgh') {
      const late = jittered(utc('* * * * *'), due, subject).getTime() - due.getTime()
      expect(late).toBeLessThanOrEqual(30_000)
    }
  })
})

test.each(['0 2 * *', '* * * * * *', '61 2 * * *', 'noon', '', '0 0 30 2 *'])('%j is refused in words', (pattern) => {
  expect(() => checkTimes(utc(pattern))).toThrow(
    expect.objectContaining({
      code: 'schedule.invalid',
      help: expect.objectContaining({ command: expect.any(String) }),
    }),
  )
})

test('a time zone that there is not is refused in words', () => {
  expect(() => checkTimes({ pattern: '0 2 * * *', timezone: 'Mars/Olympus' })).toThrow(
    expect.objectContaining({ code: 'schedule.invalid' }),
  )
})

import { describe, expect, test } from 'vitest'
import { expired, KEEP_DEFAULT, type Kept } from './retention.ts'

const NOW = new Date('2026-06-30T12:00:00Z')
const DAY_MS = 24 * 3_600_000

function kept(at: string, over: Partial<Kept> = {}): Kept {
  return { id: at, createdAt: new Date(at), reason: 'scheduled', proved: true, ...over }
}

/** One at 02:00 of each day before now, the newest first. */
function nightly(days: number): Kept[] {
  return Array.from({ length: days }, (_, n) => {
    const at = new Date(Date.parse('2026-06-30T02:00:00Z') - n * DAY_MS)
    return kept(at.toISOString())
  })
}

const left = (backups: Kept[], keep = KEEP_DEFAULT) => {
  const gone = new Set(expired(backups, keep, NOW))
  return backups.filter(({ id }) => !gone.has(id)).map(({ id }) => id.slice(0, 10))
}

test('of a year of nights, seven days, four weeks and three months are kept', () => {
  expect(left(nightly(365))).toEqual([
    '2026-06-30',
    '2026-06-29',
    '2026-06-28',
    '2026-06-27',
    '2026-06-26',
    '2026-06-25',
    '2026-06-24',
    '2026-06-21',
    '2026-06-14',
    '2026-05-31',
    '2026-04-30',
  ])
})

test('keeping goes on by itself: applied every night, it leaves what it would leave of them all', () => {
  let present: Kept[] = []
  for (const backup of nightly(200).reverse()) {
    present = [...present, backup]
    const gone = new Set(expired(present, KEEP_DEFAULT, backup.createdAt))
    present = present.filter(({ id }) => !gone.has(id))
  }
  expect(present.map(({ id }) => id.slice(0, 10)).reverse()).toEqual(left(nightly(200)))
})

test('days without a backup do not count as days', () => {
  const sparse = nightly(60).filter((_, n) => n % 5 === 0)
  expect(left(sparse, { daily: 7, weekly: 0, monthly: 0 })).toHaveLength(7)
})

test('of several on one day the newest is kept', () => {
  const day = ['02', '08', '14'].map((hour) => kept(`2026-06-20T${hour}:00:00Z`))
  const newer = kept('2026-06-29T02:00:00Z')
  expect(expired([...day, newer], { daily: 2, weekly: 0, monthly: 0 }, NOW)).toEqual([
    '2026-06-20T08:00:00Z',
    '2026-06-20T02:00:00Z',
  ])
})

describe('whatever the numbers say, there stays', () => {
  const nothing = { daily: 0, weekly: 0, monthly: 0 }

  test('the last one', () => {
    expect(left(nightly(5), nothing)).toEqual(['2026-06-30'])
  })

  test('the last proved one, however old', () => {
    const backups = nightly(40).map((backup, n) => ({ ...backup, proved: n === 33 }))
    expect(left(backups, nothing)).toEqual(['2026-06-30', '2026-05-28'])
  })

  test('what was made by hand', () => {
    const byHand = kept('2020-01-01T00:00:00Z', { reason: 'manual', proved: false })
    expect(left([...nightly(3), byHand], nothing)).toEqual(['2026-06-30', '2020-01-01'])
  })

  test('what was made before something was destroyed, for seven days', () => {
    const final = (at: string) => kept(at, { reason: 'before', proved: false })
    const backups = [...nightly(1), final('2026-06-23T12:00:01Z'), final('2026-06-23T11:59:59Z')]
    expect(left(backups, nothing)).toEqual(['2026-06-30', '2026-06-23'])
    expect(expired(backups, nothing, NOW)).toEqual(['2026-06-23T11:59:59Z'])
  })
})

test('weeks begin on Monday', () => {
  const sunday = kept('2026-06-21T23:59:59Z')
  const monday = kept('2026-06-22T00:00:00Z')
  expect(left([sunday, monday], { daily: 0, weekly: 2, monthly: 0 })).toHaveLength(2)
  const saturday = kept('2026-06-20T00:00:00Z')
  expect(left([saturday, sunday], { daily: 0, weekly: 2, monthly: 0 })).toEqual(['2026-06-21'])
})

test('of nothing, nothing goes', () => {
  expect(expired([], KEEP_DEFAULT, NOW)).toEqual([])
})

import { expect, test } from 'vitest'
import { distance } from '../postgres/segments.ts'
import type { BaseRecord, SegmentRecord } from './archive-rows.ts'
import { chosenFor, expiredBefore, windowOf } from './window.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute))
const nameOf = (n: number) => `00000001${'00000000'}${n.toString(16).toUpperCase().padStart(8, '0')}`

function base(id: string, endedMinute: number, from: number): BaseRecord {
  const names = { fromSegment: nameOf(from), toSegment: nameOf(from) }
  const rest = { archiveId: 'arc_1', why: null, storeId: 'local', object: id, sums: null }
  const proof = { proof: 'none' as const, proofWhy: null, proofAt: null }
  return { id, state: 'succeeded', ...names, ...rest, ...proof, createdAt: at(endedMinute), endedAt: at(endedMinute) }
}

function segment(n: number, markMinute: number | null): SegmentRecord {
  const sum = { bytes: 1, sha256: '' }
  const markAt = markMinute === null ? null : at(markMinute)
  const place = { storeId: 'local', object: nameOf(n) }
  return { name: nameOf(n), ...place, sums: { plain: sum, stored: sum }, markAt, createdAt: at(0) }
}

/** A base at minute 1 and one at minute 30; segments with a mark at each ten minutes, and one without in between. */
const bases = [base('b1', 1, 2), base('b2', 30, 6)]
const segments = [segment(2, 1), segment(3, 10), segment(4, null), segment(5, 20), segment(6, 30), segment(7, 40)]
const reached = { reachedAt: at(40), idleAt: null }
const chosen = (minute: number, over: Partial<Parameters<typeof chosenFor>[1]> = {}) => {
  const found = chosenFor(at(minute), { bases, segments, ...reached, ...over }, distance)
  return found && [found.base.id, ...found.segments.map(({ name }) => Number.parseInt(name.slice(16), 16))]
}

test('the window goes from the first whole base to the last mark, or to when nothing had happened since', () => {
  expect(windowOf(bases, reached)).toEqual({ from: at(1), to: at(40) })
  expect(windowOf(bases, { reachedAt: at(40), idleAt: at(50) })).toEqual({ from: at(1), to: at(50) })
  expect(windowOf([], reached)).toBeUndefined()
  expect(windowOf(bases, { reachedAt: null, idleAt: at(50) })).toBeUndefined()
})

test('a moment needs the newest base before it, and the segments to the next mark', () => {
  expect(chosen(5)).toEqual(['b1', 2, 3])
  expect(chosen(15)).toEqual(['b1', 2, 3, 4, 5])
  expect(chosen(29)).toEqual(['b1', 2, 3, 4, 5, 6])
  expect(chosen(30)).toEqual(['b2', 6])
  expect(chosen(45)).toEqual(['b2', 6, 7])
  expect(chosen(0)).toBeUndefined()
})

test('a segment that is missing is never jumped over', () => {
  const broken = segments.filter(({ name }) => name !== nameOf(4))
  expect(chosen(5, { segments: broken })).toEqual(['b1', 2, 3])
  expect(chosen(15, { segments: broken })).toBeUndefined()
  expect(chosen(35, { segments: broken })).toEqual(['b2', 6, 7])
  expect(chosen(5, { segments: segments.slice(1) })).toBeUndefined()
})

test('what expires leaves every moment of the days that are kept', () => {
  const gone = (minute: number) => {
    const { bases: removed, segments: old } = expiredBefore(at(minute), bases, segments)
    return [...removed, ...old.map(({ name }) => Number.parseInt(name.slice(16), 16))]
  }
  expect(gone(0)).toEqual([])
  expect(gone(29)).toEqual([])
  expect(gone(30)).toEqual(['b1', 2, 3, 4, 5])
  expect(expiredBefore(at(50), [], segments)).toEqual({ bases: [], segments: [] })
})

test('segments are counted over the end of a log, within one timeline', () => {
  expect(distance('0000000100000000000000FF', '000000010000000100000000')).toBe(1)
  expect(distance('000000010000000000000001', '000000020000000000000002')).toBeNaN()
})

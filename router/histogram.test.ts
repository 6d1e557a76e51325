import { expect, test } from 'vitest'
import {
  bucketMiddle,
  bucketOf,
  bucketStart,
  countOf,
  HistogramRecorder,
  mergeHistograms,
  quantile,
} from './histogram.ts'

/** A generator of our own, so that a failure can be seen again. */
function* times(count: number, seed = 1): Generator<number> {
  let state = seed
  for (let n = 0; n < count; n++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    yield Math.floor(2 ** ((state / 2 ** 32) * 31))
  }
}

function recorded(micros: Iterable<number>): HistogramRecorder {
  const recorder = new HistogramRecorder()
  for (const value of micros) recorder.add(value)
  return recorder
}

test('buckets follow each other without a gap, and a time lies in its own', () => {
  for (let bucket = 0; bucket < 895; bucket++) {
    expect(bucketStart(bucket + 1)).toBeGreaterThan(bucketStart(bucket))
    expect(bucketOf(bucketStart(bucket))).toBe(bucket)
    expect(bucketOf(bucketStart(bucket + 1) - 1)).toBe(bucket)
  }
})

test('no time is further than 1.6 % from what stands for it, and below 64 µs nothing is lost', () => {
  for (let micros = 0; micros < 64; micros++) expect(bucketMiddle(bucketOf(micros))).toBe(micros)
  let worst = 0
  for (const micros of times(1_000_000)) {
    if (micros > 0) worst = Math.max(worst, Math.abs(bucketMiddle(bucketOf(micros)) - micros) / micros)
  }
  expect(worst).toBeLessThanOrEqual(1 / 64)
})

test('quantiles are those of the sorted times within the same bound', () => {
  const all = [...times(20_000, 7)]
  const histogram = recorded(all).read()
  all.sort((one, other) => one - other)
  for (const share of [0, 0.5, 0.95, 0.99, 1]) {
    const exact = all[Math.max(1, Math.ceil(all.length * share)) - 1] as number
    expect(Math.abs(quantile(histogram, share) - exact)).toBeLessThanOrEqual(exact / 64)
  }
  expect(quantile({ sum: 0, buckets: [] }, 0.5)).toBeNaN()
})

test('parts merged in any order are the whole', () => {
  const parts = [1, 2, 3].map((seed) => [...times(5_000, seed)])
  const whole = recorded(parts.flat()).read()
  const [a, b, c] = parts.map((part) => recorded(part).read()) as [typeof whole, typeof whole, typeof whole]
  expect(mergeHistograms(mergeHistograms(a, b), c)).toEqual(whole)
  expect(mergeHistograms(c, mergeHistograms(b, a))).toEqual(whole)
  expect(countOf(whole)).toBe(15_000)
  expect(whole.sum).toBe(parts.flat().reduce((sum, micros) => sum + micros, 0))
})

test('what takes longer than 71 minutes is counted, and whole in the sum', () => {
  const day = 24 * 3_600_000_000
  const histogram = recorded([day]).read()
  expect(histogram).toEqual({ sum: day, buckets: [895, 1] })
})

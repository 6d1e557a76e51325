import type { Histogram } from './contract/event.ts'

/**
 * Times in microseconds, in buckets that grow with them: exact below 64 µs, then 32 buckets for each power of two. A
 * bucket is at most 1/32 as wide as its values are large, so its middle is within 1/64 (1.6 %) of each of them.
 */
const DETAIL_BITS = 5
const PER_POWER = 1 << DETAIL_BITS
/** 71 minutes; what takes longer counts as this long, but keeps its time in the sum. */
const LONGEST = 2 ** 32 - 1

export const EMPTY_HISTOGRAM: Histogram = { sum: 0, buckets: [] }

/** The bucket of a whole number of microseconds. */
export function bucketOf(micros: number): number {
  const value = micros < LONGEST ? micros : LONGEST
  if (value < PER_POWER) return value
  const shift = 31 - DETAIL_BITS - Math.clz32(value)
  return (shift << DETAIL_BITS) + (value >>> shift)
}

/** The least time that belongs to a bucket; the next bucket's is the first that no longer does. */
export function bucketStart(bucket: number): number {
  const shift = Math.max(0, (bucket >> DETAIL_BITS) - 1)
  return (bucket - (shift << DETAIL_BITS)) * 2 ** shift
}

/** Stands for all times of a bucket: at most 1.6 % away from each. */
export function bucketMiddle(bucket: number): number {
  return (bucketStart(bucket) + bucketStart(bucket + 1) - 1) / 2
}

/** Both histograms as one, exactly as if all had been recorded in it. */
export function mergeHistograms(one: Histogram, other: Histogram): Histogram {
  const counts = new Map<number, number>()
  for (const { buckets } of [one, other]) {
    for (let at = 0; at < buckets.length; at += 2) {
      const bucket = buckets[at] as number
      counts.set(bucket, (counts.get(bucket) ?? 0) + (buckets[at + 1] as number))
    }
  }
  return { sum: one.sum + other.sum, buckets: inOrder(counts) }
}

export function countOf({ buckets }: Histogram): number {
  let count = 0
  for (let at = 1; at < buckets.length; at += 2) count += buckets[at] as number
  return count
}

/** The time in microseconds that `share` of all stay within: 0.5, 0.95, 0.99. NaN: there are none. */
export function quantile(histogram: Histogram, share: number): number {
  const { buckets } = histogram
  let left = Math.max(1, Math.ceil(countOf(histogram) * share))
  for (let at = 0; at < buckets.length; at += 2) {
    left -= buckets[at + 1] as number
    if (left <= 0) return bucketMiddle(buckets[at] as number)
  }
  return Number.NaN
}

/** Takes times one by one; holds no more than the buckets that were met. */
export class HistogramRecorder {
  readonly #counts = new Map<number, number>()
  #sum = 0

  /** A whole number of microseconds. */
  add(micros: number): void {
    const bucket = bucketOf(micros)
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1)
    this.#sum += micros
  }

  read(): Histogram {
    return { sum: this.#sum, buckets: inOrder(this.#counts) }
  }
}

function inOrder(counts: Map<number, number>): number[] {
  return [...counts].sort(([one], [other]) => one - other).flat()
}

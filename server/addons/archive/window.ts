import type { BaseRecord, SegmentRecord } from './archive-rows.ts'

/** Every moment between the two can be brought back. */
export type Window = { from: Date; to: Date }

/** `idleAt`: nothing was committed between what was reached and then. */
export type Reached = { reachedAt: Date | null; idleAt: Date | null }

export type Chosen = {
  base: BaseRecord
  /** All that is gone through, oldest first. */
  segments: SegmentRecord[]
  /** Where to stop. */
  until: Date
}

/** Of whole bases, oldest first. Undefined while nothing can be brought back. */
export function windowOf(bases: readonly BaseRecord[], { reachedAt, idleAt }: Reached): Window | undefined {
  const from = bases[0]?.endedAt
  if (!from || !reachedAt || from > reachedAt) return undefined
  return { from, to: idleAt && idleAt > reachedAt ? idleAt : reachedAt }
}

/**
 * What brings back `moment`: the newest base that was whole by then, and the segments from its first one to the first that has
 * a mark after it. Undefined when the chain does not lead there.
 */
export function chosenFor(
  moment: Date,
  { bases, segments, reachedAt }: { bases: readonly BaseRecord[]; segments: readonly SegmentRecord[] } & Reached,
  distance: (from: string, to: string) => number,
): Chosen | undefined {
  if (!reachedAt) return undefined
  // Nothing was committed in between.
  const until = moment > reachedAt ? reachedAt : moment
  const base = bases.findLast(({ endedAt }) => endedAt !== null && endedAt <= until)
  if (!base?.fromSegment) return undefined
  const { fromSegment } = base
  const later = segments.filter(({ name }) => name >= fromSegment)
  const last = later.findIndex(({ markAt }) => markAt !== null && markAt >= until)
  const needed = later.slice(0, last + 1)
  return isUnbroken(fromSegment, needed, distance) ? { base, segments: needed, until } : undefined
}

function isUnbroken(
  from: string,
  segments: readonly SegmentRecord[],
  distance: (from: string, to: string) => number,
): boolean {
  if (segments[0]?.name !== from) return false
  return segments.every(({ name }, n) => distance(from, name) === n)
}

export type Expired = { bases: string[]; segments: SegmentRecord[] }

/** What no moment after `since` needs: bases but the newest that was whole by then, and what comes before the oldest that is kept. */
export function expiredBefore(since: Date, bases: readonly BaseRecord[], segments: readonly SegmentRecord[]): Expired {
  const first = Math.max(
    0,
    bases.findLastIndex(({ endedAt }) => endedAt !== null && endedAt <= since),
  )
  const oldest = bases[first]?.fromSegment
  return {
    bases: bases.slice(0, first).map(({ id }) => id),
    segments: oldest ? segments.filter(({ name }) => name < oldest) : [],
  }
}

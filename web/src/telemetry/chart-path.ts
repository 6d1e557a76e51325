/** Of the drawing; it is stretched to the space that it has. */
export const WIDTH = 1_000
export const HEIGHT = 100

/** Times in ms since 1970. */
export type Range = { from: number; until: number }
export type Dot = { x: number; value: number | null }

/** Where a time is, from 0 to WIDTH. */
export function xOf(time: number, { from, until }: Range): number {
  return until === from ? WIDTH : round((WIDTH * (time - from)) / (until - from))
}

/** The path of a line through values from 0 to `most`; where there is none, or none for `gap`, the line is broken. */
export function linePath(dots: readonly Dot[], most: number, gap: number): string {
  return stretches(dots, gap)
    .map((stretch) => `M${stretch.map((dot) => placeOf(dot, most)).join('L')}`)
    .join('')
}

/** The path of the values that have none beside them: a line would be no longer than it is thick. */
export function dotPath(dots: readonly Dot[], most: number, gap: number): string {
  return stretches(dots, gap)
    .flatMap((stretch) => (stretch.length === 1 ? stretch : []))
    .map((dot) => `M${placeOf(dot, most)}h0`)
    .join('')
}

type Point = { x: number; value: number }

function stretches(dots: readonly Dot[], gap: number): Point[][] {
  const found: Point[][] = []
  let last = Number.NEGATIVE_INFINITY
  for (const { x, value } of dots) {
    if (value === null) {
      last = Number.NEGATIVE_INFINITY
      continue
    }
    if (x - last > gap) found.push([])
    found.at(-1)?.push({ x, value })
    last = x
  }
  return found
}

function placeOf({ x, value }: Point, most: number): string {
  return `${x} ${round(HEIGHT - (HEIGHT * value) / most)}`
}

/** The next round number that all values fit under, so that the scale does not jump with each: 1, 2, 5, 10, or 1, 2, 4, 8. */
export function scaleMost(values: readonly (number | null)[], base: 2 | 10 = 10): number {
  const most = Math.max(0, ...values.map((value) => value ?? 0))
  if (most === 0) return 1
  if (base === 2) return 2 ** Math.ceil(Math.log2(most))
  const power = 10 ** Math.floor(Math.log10(most))
  return ([1, 2, 5, 10].find((step) => step * power >= most) ?? 10) * power
}

/** Which of the times, ascending, is nearest. */
export function nearest(time: number, times: readonly number[]): number {
  let found = 0
  for (const [n, each] of times.entries()) {
    if (Math.abs(each - time) <= Math.abs((times[found] ?? 0) - time)) found = n
  }
  return found
}

const MINUTE_MS = 60_000
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE_MS)
const MOST_TICKS = 6

/** Round times to be written below, by the clock of the browser: `offsetMs` is what it is ahead of UTC. */
export function ticks({ from, until }: Range, offsetMs = 0): number[] {
  const step = STEPS_MS.find((each) => (until - from) / each <= MOST_TICKS) ?? 1_440 * MINUTE_MS
  const found: number[] = []
  for (let at = Math.ceil((from + offsetMs) / step) * step - offsetMs; at <= until; at += step) found.push(at)
  return found
}

/** Half of the range around a time, and twice it. */
export function zoomed({ from, until }: Range, around: number, factor: number): Range {
  const span = (until - from) * factor
  const start = around - ((around - from) / (until - from || 1)) * span
  return { from: start, until: start + span }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** Of the drawing; it is stretched to the space that it has. */
export const WIDTH = 1_000
export const HEIGHT = 100

/** The path of a line through values from 0 to `most`; where there is none, the line has a gap. */
export function linePath(values: readonly (number | null)[], most: number): string {
  let path = ''
  let broken = true
  for (const [n, value] of values.entries()) {
    if (value === null) {
      broken = true
      continue
    }
    const x = values.length === 1 ? WIDTH : (n * WIDTH) / (values.length - 1)
    const y = HEIGHT - (HEIGHT * value) / most
    path += `${broken ? 'M' : 'L'}${round(x)} ${round(y)}`
    broken = false
  }
  return path
}

/** The next of 1, 2, 5, 10, ... that all values fit under, so that the scale does not jump with each of them. */
export function scaleMost(values: readonly (number | null)[]): number {
  const most = Math.max(0, ...values.map((value) => value ?? 0))
  if (most === 0) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  return ([1, 2, 5, 10].find((step) => step * power >= most) ?? 10) * power
}

/** Which point is nearest to a share of the width, 0 to 1. */
export function nearest(share: number, count: number): number {
  return Math.min(count - 1, Math.max(0, Math.round(share * (count - 1))))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

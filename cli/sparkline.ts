const LEVELS = '▁▂▃▄▅▆▇█'

/** A line of bars as wide as `width` at most, from zero to the greatest value; a dot where nothing was measured. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const bars = fitted(values, width)
  const most = Math.max(...bars.map((value) => value ?? 0))
  return bars.map((value) => (value === null ? '·' : bar(value, most))).join('')
}

function bar(value: number, most: number): string {
  const level = most > 0 ? Math.round((value / most) * (LEVELS.length - 1)) : 0
  return LEVELS[level] as string
}

/** Where several values share a bar the greatest is shown, so that no peak is lost. */
function fitted(values: readonly (number | null)[], width: number): (number | null)[] {
  if (values.length <= width) return [...values]
  return Array.from({ length: width }, (_, index) => {
    const part = values.slice(
      Math.floor((index * values.length) / width),
      Math.floor(((index + 1) * values.length) / width),
    )
    const known = part.filter((value) => value !== null)
    return known.length > 0 ? Math.max(...known) : null
  })
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** `1.4 GB`, with 1024 to the next unit as the command line counts. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

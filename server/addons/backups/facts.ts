import type { Facts } from './backed.ts'

/** Behind the name of what was estimated. */
const ABOUT = ' (about)'
/** So much apart an estimate may be, or what was counted before there were snapshots. */
const SHARE = 0.2
const LEAST = 100

export function about(name: string): string {
  return name.endsWith(ABOUT) ? name : name + ABOUT
}

/** What came out of a backup against what was counted when it was made; undefined: it is that. */
export function difference(before: Facts, after: Facts): string | undefined {
  for (const [name, count] of Object.entries(before)) {
    const exact = !name.endsWith(ABOUT)
    const plain = exact ? name : name.slice(0, -ABOUT.length)
    const found = after[plain] ?? 0
    if (exact && found !== count) return `${plain}: ${found} where there were ${count}`
    if (!exact && !isNear(count, found)) return `${plain}: ${found} where there were about ${count}`
  }
  return undefined
}

function isNear(count: number, found: number): boolean {
  if (count > 0 && found === 0) return false
  return count === 0 || Math.abs(found - count) <= Math.max(LEAST, count * SHARE)
}

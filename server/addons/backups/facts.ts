import type { Facts } from './backed.ts'

/** Between the counting and the dump, writers go on. */
const SHARE = 0.2
const LEAST = 100

/** What came out of a backup against what was counted when it was made; undefined: it may well be that. */
export function difference(before: Facts, after: Facts): string | undefined {
  for (const [name, count] of Object.entries(before)) {
    const found = after[name] ?? 0
    const near = Math.abs(found - count) <= Math.max(LEAST, count * SHARE)
    if (count > 0 && (found === 0 || !near)) return `${name}: ${found} where there were about ${count}`
  }
  return undefined
}

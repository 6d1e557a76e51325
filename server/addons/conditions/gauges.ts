import type { Gauge } from '../addon-service.ts'

/** From here on it is told, and until it is below the other it is not over: what goes up and down at the edge is told once. */
const OPENS_AT = 0.9
const CLEARS_BELOW = 0.8

/** Why somebody should hear of it; null: nobody need to. `isOpen`: it was told before. */
export function nearLimit({ used, limit, words }: Gauge, isOpen: boolean): string | null {
  return used >= limit * (isOpen ? CLEARS_BELOW : OPENS_AT) ? words : null
}

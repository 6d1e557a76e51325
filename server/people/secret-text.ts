import { createHash, timingSafeEqual } from 'node:crypto'

/** Secrets that we made carry their own entropy, so one SHA-256 is enough to store them. */
export function secretHash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** In constant time. */
export function matchesHash(secret: string, hash: Uint8Array): boolean {
  const candidate = secretHash(secret)
  return hash.length === candidate.length && timingSafeEqual(candidate, hash)
}

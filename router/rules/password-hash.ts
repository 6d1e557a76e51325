import { scrypt, timingSafeEqual } from '../builtins.ts'

/** What one check may cost; the hash is the app owner's, the memory and time are everybody's. */
const MOST_COST = 2 ** 17
const MOST_BLOCK_SIZE = 16
const MOST_PARALLEL = 4
const MOST_MEMORY_BYTES = 64 * 1024 * 1024

export type PasswordHash = { N: number; r: number; p: number; salt: Buffer; key: Buffer }

/** `scrypt$N$r$p$salt$key`, salt and key in base64url. Null: not of this form, or too costly to check. */
export function readHash(text: string): PasswordHash | null {
  const parts = /^scrypt\$(\d{1,7})\$(\d{1,3})\$(\d{1,3})\$([\w-]{1,128})\$([\w-]{1,128})$/.exec(text)
  if (!parts) return null
  const [N = 0, r = 0, p = 0] = parts.slice(1, 4).map(Number)
  const salt = Buffer.from(parts[4] ?? '', 'base64url')
  const key = Buffer.from(parts[5] ?? '', 'base64url')
  const isPower = N > 1 && (N & (N - 1)) === 0
  if (!isPower || N > MOST_COST || r < 1 || r > MOST_BLOCK_SIZE || p < 1 || p > MOST_PARALLEL) return null
  if (memoryOf(N, r, p) > MOST_MEMORY_BYTES || salt.length < 8 || key.length < 16) return null
  return { N, r, p, salt, key }
}

/** Off the event loop; takes tens of milliseconds, as it should. */
export function matches(password: string, { N, r, p, salt, key }: PasswordHash): Promise<boolean> {
  return new Promise((resolve) => {
    scrypt(password, salt, key.length, { N, r, p, maxmem: 2 * memoryOf(N, r, p) }, (error, derived) => {
      resolve(error === null && timingSafeEqual(derived, key))
    })
  })
}

/** RFC 7914 section 2. */
function memoryOf(N: number, r: number, p: number): number {
  return 128 * r * (N + p)
}

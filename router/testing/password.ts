import { randomBytes, scryptSync } from 'node:crypto'

/** As the control plane stores it, but cheaper to check. */
export function hashOf(password: string, N = 1_024): string {
  const salt = randomBytes(16)
  const key = scryptSync(password, salt, 32, { N, r: 8, p: 1, maxmem: 2 ** 27 })
  return `scrypt$${N}$8$1$${salt.toString('base64url')}$${key.toString('base64url')}`
}

export function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

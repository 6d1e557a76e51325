import { randomBytes } from 'node:crypto'

/** Crockford's base32 in lower case: no i, l, o, u, so that ids can be read aloud and typed. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const TIME_CHARACTERS = 11
const RANDOM_CHARACTERS = 9

let lastMicrosecond = 0

/** `app_0r6q…`: 20 characters of which the first 11 grow with time, strictly so within a process. */
export function newId(prefix: string): string {
  lastMicrosecond = Math.max(lastMicrosecond + 1, Date.now() * 1000)
  return `${prefix}_${timeCharacters(lastMicrosecond)}${randomCharacters(RANDOM_CHARACTERS)}`
}

/** Five random bits per character. */
export function randomCharacters(count: number): string {
  return Array.from(randomBytes(count), (byte) => ALPHABET[byte & 31]).join('')
}

function timeCharacters(microseconds: number): string {
  let rest = BigInt(microseconds)
  let text = ''
  while (text.length < TIME_CHARACTERS) {
    text = ALPHABET[Number(rest & 31n)] + text
    rest >>= 5n
  }
  return text
}

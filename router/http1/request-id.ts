import { randomBytes } from '../builtins.ts'

const ID_BYTES = 16
const ID_DIGITS = 2 * ID_BYTES
/** Drawn at a time, for a call to the system's source costs more than an id. */
const BATCH = 256

let digits = ''
let at = 0

/** 128 random bits as hexadecimal digits: nobody can guess it, and no two are the same. */
export function newRequestId(): string {
  if (at === digits.length) {
    digits = randomBytes(BATCH * ID_BYTES).toString('hex')
    at = 0
  }
  const id = digits.slice(at, at + ID_DIGITS)
  at += ID_DIGITS
  return id
}

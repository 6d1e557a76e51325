import { createHash, randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { hasErrorCode, PaasError } from '../errors.ts'

const KEY_BYTES = 32
/** 32 random bytes have fewer distinct ones than this about once in 10^15 times. */
const MIN_DISTINCT_BYTES = 18
const OTHERS = 0o077

/** Base64 of 32 random bytes, mode 0600. Throws `secret-key.exists` rather than overwrite. */
export function createKeyFile(file: string): void {
  let descriptor: number
  try {
    descriptor = openSync(file, 'wx', 0o600)
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error
    throw new PaasError('conflict', 'secret-key.exists', `${file} exists already and is not overwritten.`)
  }
  try {
    fchmodSync(descriptor, 0o600)
    writeSync(descriptor, `${randomBytes(KEY_BYTES).toString('base64')}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  syncDirectory(dirname(file))
}

export function readKeyFile(file: string): Buffer {
  const descriptor = openKeyFile(file)
  try {
    const mode = fstatSync(descriptor).mode & 0o777
    if (mode & OTHERS) throw exposed(file, mode)
    const key = decodeKey(readFileSync(descriptor, 'latin1').trim())
    const weakness = key ? weaknessOf(key) : `it is not base64 of ${KEY_BYTES} bytes`
    if (!key || weakness) throw weak(file, weakness ?? '')
    return key
  } finally {
    closeSync(descriptor)
  }
}

/** Names a key without telling anything about it. */
export function keyId(key: Uint8Array): string {
  return createHash('sha256').update('paas key id').update(key).digest('hex').slice(0, 8)
}

/** Why a key cannot have come from a random source; undefined for one that can. */
export function weaknessOf(key: Uint8Array): string | undefined {
  if (new Set(key).size < MIN_DISTINCT_BYTES) return 'its bytes repeat'
  if (key.every((byte) => byte >= 0x20 && byte < 0x7f)) return 'it is typed text'
  const steps = new Set(key.subarray(1).map((byte, index) => byte - (key[index] ?? 0)))
  return steps.size === 1 ? 'its bytes count up or down' : undefined
}

function decodeKey(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined
  const key = Buffer.from(text, 'base64')
  return key.length === KEY_BYTES ? key : undefined
}

function openKeyFile(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error
    throw new PaasError('failed', 'secret-key.missing', `The secret key ${file} is missing.`, {
      fix: 'Restore it from a backup: secrets in the database cannot be opened with any other key.',
    })
  }
}

function exposed(file: string, mode: number): PaasError {
  return new PaasError(
    'failed',
    'secret-key.exposed',
    `The secret key ${file} is open to other users of this machine (mode ${mode.toString(8)}).`,
    {
      fix: 'Make it private. If others may have read it, change the secrets it protects.',
      command: `chmod 600 ${file}`,
    },
  )
}

function weak(file: string, why: string): PaasError {
  return new PaasError('failed', 'secret-key.weak', `The secret key ${file} is not a random key: ${why}.`, {
    fix: 'Restore the key file that was made at the installation.',
  })
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

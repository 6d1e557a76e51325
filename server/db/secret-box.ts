import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { PaasError } from '../errors.ts'
import { createKeyFile, keyId, readKeyFile } from './secret-key.ts'

const FORM = 'v1'
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12

/**
 * Encrypts what the database must not show: `v1.<key id>.<nonce>.<ciphertext>.<tag>` in base64url. The context (table,
 * row, column) is authenticated, so that a value moved to another place does not open.
 */
export class SecretBox {
  readonly #key: Buffer
  readonly #keyId: string

  private constructor(key: Buffer) {
    this.#key = key
    this.#keyId = keyId(key)
  }

  /** Makes the key file (0600) and refuses to overwrite one: without its key nothing sealed can be opened again. */
  static create(keyFile: string): void {
    createKeyFile(keyFile)
  }

  /** Throws `secret-key.missing`, `secret-key.weak` or `secret-key.exposed`; there is no fallback. */
  static open(keyFile: string): SecretBox {
    return new SecretBox(readKeyFile(keyFile))
  }

  seal(text: string, context: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(this.#authenticated(context))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    const parts = [nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))
    return Buffer.from([FORM, this.#keyId, ...parts].join('.'))
  }

  /** Throws `secret.unreadable` for another key, another context or a changed value; never shows any of it. */
  unseal(sealed: Uint8Array, context: string): string {
    const [form, key, ...parts] = Buffer.from(sealed).toString('latin1').split('.')
    if (form !== FORM || parts.length !== 3) throw unreadable(context, 'it is not a sealed value')
    if (key !== this.#keyId)
      throw unreadable(context, `it was sealed with key ${key}, the key file holds ${this.#keyId}`)
    const [nonce, text, tag] = parts.map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer, Buffer]
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: 16 })
      decipher.setAAD(this.#authenticated(context)).setAuthTag(tag)
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
    } catch {
      throw unreadable(context, 'it was changed or belongs to another place')
    }
  }

  #authenticated(context: string): Buffer {
    return Buffer.from(`${context}|${this.#keyId}|${FORM}`)
  }
}

function unreadable(context: string, why: string): PaasError {
  return new PaasError('failed', 'secret.unreadable', `The secret ${context} cannot be opened: ${why}.`, {
    fix: 'Put the secret.key that belongs to this database back, from a backup of the same time.',
  })
}

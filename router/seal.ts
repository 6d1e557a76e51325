import { readFile } from 'node:fs/promises'
import { createCipheriv, createDecipheriv, randomBytes } from './builtins.ts'
import { writeDurably } from './durable-file.ts'
import { codeOf } from './log.ts'

/** AES-256-GCM (NIST SP 800-38D): key, nonce and tag in bytes. */
const KEY = 32
const NONCE = 12
const TAG = 16

/**
 * Seals texts with a key file of one's own (0600), which is made when the first one is sealed: a copy of what was
 * sealed tells nothing without that file.
 */
export class Seal {
  readonly #path: string
  #key: Promise<Buffer> | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** In base64url. `purpose` has to be the same when it is opened. */
  async close(text: string, purpose: string): Promise<string> {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', await this.#load(true), nonce, { authTagLength: TAG })
    cipher.setAAD(Buffer.from(purpose))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  /** Throws when the key file is gone or another one, or when a bit of the text has changed. */
  async open(sealed: string, purpose: string): Promise<string> {
    const bytes = Buffer.from(sealed, 'base64url')
    const key = await this.#load(false)
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG })
    decipher.setAAD(Buffer.from(purpose))
    decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8')
  }

  #load(make: boolean): Promise<Buffer> {
    const loading = this.#key ?? this.#read(make)
    this.#key = loading
    loading.catch(() => {
      this.#key = null
    })
    return loading
  }

  async #read(make: boolean): Promise<Buffer> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (!make || codeOf(error) !== 'ENOENT') throw error
      return ''
    })
    const key = Buffer.from(text.trim(), 'hex')
    if (key.length === KEY) return key
    if (!make) throw new Error(`${this.#path} does not hold a key of ${KEY} bytes in hex`)
    // What a damaged file had sealed is lost already.
    const fresh = randomBytes(KEY)
    await writeDurably(this.#path, `${fresh.toString('hex')}\n`)
    return fresh
  }
}

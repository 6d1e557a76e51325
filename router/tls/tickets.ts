import { randomBytes } from '../builtins.ts'

/** 16 bytes of name, 16 of HMAC key, 16 of AES key: what OpenSSL takes. */
const KEY_BYTES = 48
const ROTATED_EVERY_MS = 12 * 3_600_000

/** How often a key's age is looked at. */
const LOOKS_PER_LIFE = 12

/** `key` in base64, `madeAt` in ms since 1970. */
export type TicketKey = { key: string; madeAt: number }

/** Whoever makes session tickets: one listener here, one per worker. */
export interface TicketMaker {
  setTicketKeys(keys: Buffer): void
}

/**
 * The key that session tickets are sealed with (RFC 5077, RFC 8446 section 4.6.1). The same in every listener, or a
 * visitor who comes back would have to shake hands again; new every 12 h, and never on disk, so that what was recorded
 * today cannot be read by whoever takes the machine tomorrow. Node holds one key at a time: a ticket from before the
 * change costs its owner one full handshake.
 */
export class TicketKeys implements Disposable {
  readonly #makers = new Set<TicketMaker>()
  readonly #timer: NodeJS.Timeout
  #current = randomBytes(KEY_BYTES)
  #madeAt = Date.now()
  #told = false

  constructor(everyMs = ROTATED_EVERY_MS) {
    this.#timer = setInterval(() => {
      if (!this.#told && Date.now() - this.#madeAt >= everyMs) this.replace(randomBytes(KEY_BYTES))
    }, everyMs / LOOKS_PER_LIFE)
    this.#timer.unref()
  }

  /** For another process, so that its visitors need not shake hands again. */
  handOver(): TicketKey {
    return { key: this.#current.toString('base64'), madeAt: this.#madeAt }
  }

  /** The key of another process, and its age. `follow`: that process will tell the next one, too. */
  adopt({ key, madeAt }: TicketKey, follow: boolean): void {
    this.#told = follow
    this.replace(Buffer.from(key, 'base64'), madeAt)
  }

  get current(): Buffer<ArrayBuffer> {
    return this.#current
  }

  add(maker: TicketMaker): void {
    this.#makers.add(maker)
    maker.setTicketKeys(this.#current)
  }

  replace(key: Buffer<ArrayBuffer>, madeAt = Date.now()): void {
    this.#current = key
    this.#madeAt = madeAt
    for (const maker of this.#makers) maker.setTicketKeys(key)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

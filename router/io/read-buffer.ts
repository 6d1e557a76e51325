import { largeBuffers } from './large-buffers.ts'

/** One read of any connection that has no buffer of its own: a head with 64 KB of a body, which many clients send at once. */
const SHARED_BYTES = 80 * 1024

/** What all connections of the process read into, one read at a time. */
export const shared = Buffer.allocUnsafeSlow(SHARED_BYTES)

/** Where a connection reads to: the shared buffer, or while a long body streams one of its own. */
export class ReadBuffer {
  #current: Buffer = shared
  /** What the read after the next goes into, when that changes. */
  #next: Buffer | null = null
  #inFlight = false

  get current(): Buffer {
    return this.#current
  }

  /** What was read must be copied before anybody else reads. */
  get borrowed(): boolean {
    return this.#current === shared
  }

  large(): void {
    if (this.#current === shared) this.#next ??= largeBuffers.take()
  }

  /** `inFlight`: a write of bytes read here is not through, so the large one must be left to it. */
  share(inFlight: boolean): void {
    if (this.#next !== null && this.#next !== shared) largeBuffers.give(this.#next)
    this.#next = this.#current === shared ? null : shared
    this.#inFlight = inFlight
  }

  /** To be called after each read. Where the next one goes, or undefined where the last one went. */
  turn(): Buffer | undefined {
    const next = this.#next
    if (next === null) return undefined
    this.#next = null
    if (this.#current !== shared && !this.#inFlight) largeBuffers.give(this.#current)
    this.#inFlight = false
    this.#current = next
    return next
  }
}

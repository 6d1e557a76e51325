/** Frames of so many streams may still be on their way after we have reset them. */
const MOST_REMEMBERED = 256

/** The streams that we reset last: what still comes of them is ignored instead of an error (RFC 9113 section 5.4.2). */
export class ResetStreams {
  readonly #ids = new Set<number>()

  add(id: number): void {
    this.#ids.add(id)
    if (this.#ids.size <= MOST_REMEMBERED) return
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest)
      return
    }
  }

  has(id: number): boolean {
    return this.#ids.has(id)
  }
}

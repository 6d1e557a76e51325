/** How much a peer may send (RFC 9113 section 5.2), with updates in batches. */
export class ReceiveWindow {
  readonly #size: number
  #left = 0
  #untold = 0

  constructor(size: number) {
    this.#size = size
    this.#left = size
  }

  open(): void {
    this.#left = this.#size
    this.#untold = 0
  }

  /** False: it is more than was allowed. */
  receive(bytes: number): boolean {
    this.#left -= bytes
    return this.#left >= 0
  }

  /** Returns by how much the peer is to be told that the window has grown: mostly 0. */
  consume(bytes: number): number {
    this.#untold += bytes
    if (this.#untold * 4 < this.#size) return 0
    const told = this.#untold
    this.#left += told
    this.#untold = 0
    return told
  }
}

const LONGEST_HEADER = 14

/** Follows the frame boundaries of one direction of a WebSocket (RFC 6455 section 5.2), without keeping any payload. */
export class Frames {
  readonly #header = Buffer.alloc(LONGEST_HEADER)
  #have = 0
  #payload = 0

  /** True when the last byte seen was the last of a frame. */
  get atBoundary(): boolean {
    return this.#have === 0 && this.#payload === 0
  }

  see(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#payload > 0) {
        const skipped = Math.min(chunk.length - at, this.#payload)
        this.#payload -= skipped
        at += skipped
        continue
      }
      this.#header[this.#have++] = chunk[at++] ?? 0
      if (this.#have >= 2 && this.#have === this.#headerLength()) this.#beginPayload()
    }
  }

  #headerLength(): number {
    const second = this.#header[1] ?? 0
    const length = second & 0x7f
    return 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + (second & 0x80 ? 4 : 0)
  }

  #beginPayload(): void {
    const length = (this.#header[1] ?? 0) & 0x7f
    if (length === 127) this.#payload = Number(this.#header.readBigUInt64BE(2))
    else this.#payload = length === 126 ? this.#header.readUInt16BE(2) : length
    this.#have = 0
  }
}

/** 1012, "service restart": clients that reconnect by themselves do so now. */
export const SERVICE_RESTART = Buffer.from([0x88, 0x02, 0x03, 0xf4])

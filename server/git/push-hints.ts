import { Transform, type TransformCallback } from 'node:stream'
import { PKT_HEADER_BYTES, progressPacket } from './pkt-line.ts'

/** git's own words on the side band, and what they mean for the one who pushes. */
const HINTS: { words: RegExp; lines: string[] }[] = [
  {
    words: /pack exceeds maximum allowed size/,
    lines: [
      'This push is larger than the box takes in one go (512 MB).',
      'Keep large files out of git: git rm --cached <file>, or push the history in parts.',
    ],
  },
  {
    words:
      /fsck error|: (?:hasDot|hasDotdot|hasDotgit|zeroPaddedFilemode|treeNotSorted|gitmodules\w+|missing\w+|bad\w+)/,
    lines: [
      'The box stores sound objects only; the line above names the one that is not.',
      'Mend the history where it came in: git fsck, then git rebase or git filter-repo.',
    ],
  },
  {
    words: /No space left on device|unable to write/,
    lines: ['The disk of the box is full. What is live still is.', 'Make room on the box and push again: paas status'],
  },
  {
    words: /unresolved deltas|did not receive expected object|missing necessary objects/,
    lines: ['The history that arrived has holes.', 'Complete the clone and push again: git fetch --unshallow'],
  },
]

/** Passes receive-pack's output on as it is and adds a hint after the words that it explains, once each. */
export class PushHints extends Transform {
  #rest: Buffer = Buffer.alloc(0)
  #raw = false
  readonly #given = new Set<RegExp>()

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#raw) {
      done(null, chunk)
      return
    }
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    for (let packet = this.#next(); packet; packet = this.#next()) this.#pass(packet)
    done()
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#rest)
  }

  #next(): Buffer | undefined {
    if (this.#rest.length < PKT_HEADER_BYTES) return undefined
    const length = Number.parseInt(this.#rest.toString('latin1', 0, PKT_HEADER_BYTES), 16)
    if (Number.isNaN(length)) return this.#giveUp()
    const end = Math.max(length, PKT_HEADER_BYTES)
    if (this.#rest.length < end) return undefined
    const packet = this.#rest.subarray(0, end)
    this.#rest = this.#rest.subarray(end)
    return packet
  }

  /** Not packets after all: everything from here on goes through untouched. */
  #giveUp(): undefined {
    this.#raw = true
    this.push(this.#rest)
    this.#rest = Buffer.alloc(0)
  }

  #pass(packet: Buffer): void {
    this.push(packet)
    if (packet[PKT_HEADER_BYTES] !== 2) return
    const text = packet.toString('utf8', PKT_HEADER_BYTES + 1)
    for (const { words, lines } of HINTS) {
      if (this.#given.has(words) || !words.test(text)) continue
      this.#given.add(words)
      for (const line of lines) this.push(progressPacket(` !     ${line}`))
    }
  }
}

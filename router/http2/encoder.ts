import { FIELD } from '../http1/field-names.ts'
import type { Fields } from '../http1/fields.ts'
import { TABLE_BYTES } from './decoder.ts'
import { FIELD_OVERHEAD } from './field.ts'
import { STATIC_COUNT, STATIC_NAMES, STATIC_STATUS } from './static-table.ts'

const MOST_ENTRIES = 128
/** Lines that were sent a moment ago, by any connection: only what comes again is worth an entry. */
const SEEN_SLOTS = 1_024

const seen = new Uint32Array(SEEN_SLOTS)

type Entry = { hash: number; line: Buffer; size: number; number: number }

/** Writes field blocks (RFC 7541) of one connection: `:status`, and field lines as they stand in an HTTP/1.1 head. */
export class Encoder {
  readonly #ring: (Entry | undefined)[] = new Array(MOST_ENTRIES)
  readonly #byHash = new Map<number, Entry>()
  #added = 0
  #count = 0
  #size = 0
  #limit = TABLE_BYTES
  /** What the peer must hear of before the next field; -1: nothing. */
  #lowest = -1
  #target: Buffer = Buffer.alloc(0)
  #at = 0

  /** The peer's SETTINGS_HEADER_TABLE_SIZE; we never use more than the default. */
  limitTable(bytes: number): void {
    const limit = Math.min(bytes, TABLE_BYTES)
    if (limit === this.#limit) return
    this.#lowest = this.#lowest < 0 ? limit : Math.min(this.#lowest, limit)
    this.#limit = limit
    this.#evict(limit)
  }

  /** Begins a block in `target`, which must hold twice what the head takes in HTTP/1.1. */
  begin(target: Buffer): void {
    this.#target = target
    this.#at = 0
    if (this.#lowest < 0) return
    this.#writeNumber(0x20, 5, this.#lowest)
    if (this.#limit !== this.#lowest) this.#writeNumber(0x20, 5, this.#limit)
    this.#lowest = -1
  }

  status(status: number): void {
    const index = STATIC_STATUS.get(status)
    if (index !== undefined) {
      this.#writeNumber(0x80, 7, index)
      return
    }
    this.#writeNumber(0, 4, STATIC_NAMES.get(':status') as number)
    this.#writeNumber(0, 7, 3)
    this.#at += this.#target.write(String(status), this.#at, 'latin1')
  }

  /** Field `index` of a head; its name goes out in lower case (RFC 9113 section 8.2.1). */
  field(bytes: Buffer, fields: Fields, index: number): void {
    const start = fields.start[index] as number
    const end = fields.valueEnd[index] as number
    const hash = hashOf(bytes, start, end)
    const entry = this.#byHash.get(hash)
    if (entry !== undefined && isSame(entry.line, bytes, start, end)) {
      this.#writeNumber(0x80, 7, STATIC_COUNT + this.#added - entry.number)
      return
    }
    const slot = hash & (SEEN_SLOTS - 1)
    const again = seen[slot] === hash
    seen[slot] = hash
    const name = fields.name(bytes, index)
    const from = fields.valueStart[index] as number
    // Never in a table, neither here nor behind another proxy (section 7.1.3).
    if (fields.kind[index] === FIELD.headOnly) this.#writeLiteral(0x10, 4, name, bytes, from, end)
    else if (!again || name.length + end - from + FIELD_OVERHEAD > this.#limit) {
      this.#writeLiteral(0, 4, name, bytes, from, end)
    } else {
      this.#writeLiteral(0x40, 6, name, bytes, from, end)
      this.#add(hash, Buffer.from(bytes.subarray(start, end)), name.length + end - from + FIELD_OVERHEAD)
    }
  }

  /** Returns the length of the block. */
  end(): number {
    return this.#at
  }

  #writeLiteral(first: number, prefixBits: number, name: string, bytes: Buffer, start: number, end: number): void {
    const index = STATIC_NAMES.get(name) ?? 0
    this.#writeNumber(first, prefixBits, index)
    if (index === 0) {
      this.#writeNumber(0, 7, name.length)
      this.#at += this.#target.write(name, this.#at, 'latin1')
    }
    this.#writeNumber(0, 7, end - start)
    this.#at += bytes.copy(this.#target, this.#at, start, end)
  }

  /** RFC 7541 section 5.1. */
  #writeNumber(first: number, prefixBits: number, number: number): void {
    const target = this.#target
    const most = (1 << prefixBits) - 1
    if (number < most) {
      target[this.#at++] = first | number
      return
    }
    target[this.#at++] = first | most
    let rest = number - most
    for (; rest >= 128; rest >>= 7) target[this.#at++] = (rest & 127) | 128
    target[this.#at++] = rest
  }

  #add(hash: number, line: Buffer, size: number): void {
    this.#evict(this.#limit - size)
    const entry = { hash, line, size, number: this.#added }
    this.#ring[this.#added % MOST_ENTRIES] = entry
    this.#byHash.set(hash, entry)
    this.#added += 1
    this.#count += 1
    this.#size += size
  }

  #evict(limit: number): void {
    while (this.#size > limit && this.#count > 0) {
      const oldest = (this.#added - this.#count) % MOST_ENTRIES
      const entry = this.#ring[oldest] as Entry
      this.#ring[oldest] = undefined
      if (this.#byHash.get(entry.hash) === entry) this.#byHash.delete(entry.hash)
      this.#count -= 1
      this.#size -= entry.size
    }
  }
}

/** FNV-1a. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return hash >>> 0
}

function isSame(line: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (line.length !== end - start) return false
  for (let at = 0; at < line.length; at++) if (line[at] !== bytes[start + at]) return false
  return true
}

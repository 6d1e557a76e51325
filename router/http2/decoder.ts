import { type Field, makeField } from './field.ts'
import { BROKEN, decodeHuffman } from './huffman.ts'
import { STATIC_COUNT, STATIC_FIELDS } from './static-table.ts'

/** What SETTINGS_HEADER_TABLE_SIZE is when nobody says otherwise, and we do not. */
export const TABLE_BYTES = 4_096
/** An entry takes 32 bytes at least. A power of two, for a ring. */
const MOST_ENTRIES = 128
const MOST_SIZE_UPDATES = 2
/** A string of a block is never longer than the block, which the session limits; 5 bits are the shortest code. */
const LARGEST_STRING = 64 * 1024
/** More makes no sense for any number here, and stays exact. */
const LARGEST_NUMBER = 2 ** 28

const text = Buffer.allocUnsafeSlow(Math.ceil((LARGEST_STRING * 8) / 5))

/** Takes the fields of a block in their order. */
export interface FieldTaker {
  take(field: Field): void
}

/** Thrown for what cannot be decoded: a connection error of the type COMPRESSION_ERROR (RFC 9113 section 4.3). */
export class CompressionError extends Error {}

/** Reads field blocks (RFC 7541) of one connection, and keeps the table that they share. */
export class Decoder {
  readonly #ring: (Field | undefined)[] = new Array(MOST_ENTRIES)
  /** How many were ever added, and how many of them are still there. */
  #added = 0
  #count = 0
  #size = 0
  #limit = TABLE_BYTES
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0

  /** Reads a whole block. Throws CompressionError. */
  decode(bytes: Buffer, start: number, end: number, taker: FieldTaker): void {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#readSizeUpdates()
    while (this.#at < end) taker.take(this.#readField(bytes[this.#at] as number))
  }

  /** Section 6.3: only at the beginning, and not beyond what we allow. */
  #readSizeUpdates(): void {
    for (let count = 0; this.#at < this.#end; count++) {
      if (((this.#bytes[this.#at] as number) & 0xe0) !== 0x20) return
      const limit = this.#readNumber(5)
      if (limit > TABLE_BYTES) throw new CompressionError('the table cannot be that large')
      if (count === MOST_SIZE_UPDATES) throw new CompressionError('too many size updates')
      this.#limit = limit
      this.#evict(limit)
    }
  }

  #readField(first: number): Field {
    if (first & 0x80) return this.#entry(this.#readNumber(7))
    if (first & 0x40) {
      const field = this.#readLiteral(6)
      this.#add(field)
      return field
    }
    if (first & 0x20) throw new CompressionError('a size update in the middle of a block')
    return this.#readLiteral(4)
  }

  #readLiteral(prefixBits: number): Field {
    const index = this.#readNumber(prefixBits)
    const name = index === 0 ? this.#readString() : this.#entry(index).name
    return makeField(name, this.#readString())
  }

  #entry(index: number): Field {
    const back = index - STATIC_COUNT
    const field =
      back <= 0
        ? STATIC_FIELDS[index]
        : back <= this.#count
          ? this.#ring[(this.#added - back) % MOST_ENTRIES]
          : undefined
    if (field === undefined) throw new CompressionError('there is no such entry')
    return field
  }

  #add(field: Field): void {
    this.#evict(this.#limit - field.size)
    // Section 4.4: one that is too large just empties the table.
    if (field.size > this.#limit) return
    this.#ring[this.#added % MOST_ENTRIES] = field
    this.#added += 1
    this.#count += 1
    this.#size += field.size
  }

  #evict(limit: number): void {
    while (this.#size > limit && this.#count > 0) {
      const oldest = (this.#added - this.#count) % MOST_ENTRIES
      this.#size -= this.#ring[oldest]?.size ?? 0
      this.#ring[oldest] = undefined
      this.#count -= 1
    }
  }

  /** Section 5.1. */
  #readNumber(prefixBits: number): number {
    const most = (1 << prefixBits) - 1
    let number = this.#byte() & most
    if (number < most) return number
    for (let weight = 1; ; weight *= 128) {
      const byte = this.#byte()
      number += (byte & 127) * weight
      if (number > LARGEST_NUMBER || weight > LARGEST_NUMBER) throw new CompressionError('a number is too large')
      if (byte < 128) return number
    }
  }

  /** Section 5.2. */
  #readString(): string {
    const huffman = this.#at < this.#end && ((this.#bytes[this.#at] as number) & 0x80) !== 0
    const length = this.#readNumber(7)
    const start = this.#at
    const end = start + length
    if (end > this.#end || length > LARGEST_STRING) throw new CompressionError('a string ends after its block')
    this.#at = end
    if (!huffman) return this.#bytes.toString('latin1', start, end)
    const size = decodeHuffman(this.#bytes, start, end, text)
    if (size === BROKEN) throw new CompressionError('a string is not in the code')
    return text.toString('latin1', 0, size)
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new CompressionError('the block ends too early')
    return this.#bytes[this.#at++] as number
  }
}

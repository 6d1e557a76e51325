/**
 * The part of the protobuf wire format that BuildKit's messages use: enough to read its progress and to answer its
 * questions, where generated code would weigh more than both.
 * https://protobuf.dev/programming-guides/encoding/
 */
export type Field = { number: number; value: number | Buffer }

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** Fixed-width fields are passed over. Throws on bytes that are not a message. */
export function* fields(message: Buffer): Generator<Field> {
  const reader = { message, at: 0 }
  while (reader.at < message.length) {
    const key = varint(reader)
    const number = Math.floor(key / 8)
    const wire = key % 8
    if (wire === VARINT) yield { number, value: varint(reader) }
    else if (wire === BYTES) yield { number, value: bytes(reader) }
    else if (wire === FIXED64) reader.at += 8
    else if (wire === FIXED32) reader.at += 4
    else throw new Error(`Not a protobuf message: wire type ${wire}`)
  }
}

export function bytesField(number: number, value: Buffer): Buffer {
  return Buffer.concat([encodeVarint(number * 8 + BYTES), encodeVarint(value.length), value])
}

export function varintField(number: number, value: number): Buffer {
  return Buffer.concat([encodeVarint(number * 8 + VARINT), encodeVarint(value)])
}

type Reader = { message: Buffer; at: number }

/** Exact up to 2^53; larger ones (negative numbers, which no field that we read has) lose their low bits. */
function varint(reader: Reader): number {
  let value = 0
  let scale = 1
  for (;;) {
    const byte = reader.message[reader.at++]
    if (byte === undefined) throw new Error('Not a protobuf message: cut off')
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
    scale *= 128
  }
}

function bytes(reader: Reader): Buffer {
  const length = varint(reader)
  const end = reader.at + length
  if (end > reader.message.length) throw new Error('Not a protobuf message: cut off')
  const value = reader.message.subarray(reader.at, end)
  reader.at = end
  return value
}

function encodeVarint(value: number): Buffer {
  const out: number[] = []
  let rest = value
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  out.push(rest)
  return Buffer.from(out)
}

import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** `\x7fELF`, 64 bits, least significant byte first: what Node.js is on x64 and arm64. */
const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])
const HEADER_BYTES = 64
/** Of the header: where the program headers are, how long each is, how many. See elf(5). */
const PROGRAM_HEADERS = 32
const PROGRAM_HEADER_BYTES = 54
const PROGRAM_HEADER_COUNT = 56
/** Of the header: where the section headers are; and their count and the index of their names, side by side. */
const SECTION_HEADERS = 40
const SECTION_HEADER_COUNT = 60
/** Of a program header: where its bytes are in the file, and how many. */
const OFFSET = 8
const FILE_BYTES = 32

export type LeanProgram = { size: number; content: AsyncIterable<Buffer> }

/**
 * A program without what only debuggers read: everything behind the last segment that is loaded, and the table of
 * sections. Symbols that addons are linked to are in a segment, and stay. A file of another form comes whole.
 */
export async function leanProgram(file: string): Promise<LeanProgram> {
  await using handle = await open(file)
  const { size } = await handle.stat()
  const header = await read(handle, 0, HEADER_BYTES)
  const end = header.subarray(0, MAGIC.length).equals(MAGIC) ? await endOfSegments(handle, header) : size
  if (end <= HEADER_BYTES || end >= size) return { size, content: createReadStream(file) }
  header.writeBigUInt64LE(0n, SECTION_HEADERS)
  header.writeUInt32LE(0, SECTION_HEADER_COUNT)
  return { size: end, content: joined(header, file, end) }
}

async function endOfSegments(handle: FileHandle, header: Buffer): Promise<number> {
  const bytes = header.readUInt16LE(PROGRAM_HEADER_BYTES)
  const count = header.readUInt16LE(PROGRAM_HEADER_COUNT)
  const table = await read(handle, Number(header.readBigUInt64LE(PROGRAM_HEADERS)), bytes * count)
  const ends = Array.from({ length: count }, (_, index) => {
    const place = index * bytes
    return Number(table.readBigUInt64LE(place + OFFSET) + table.readBigUInt64LE(place + FILE_BYTES))
  })
  return Math.max(0, ...ends)
}

async function* joined(header: Buffer, file: string, end: number): AsyncGenerator<Buffer> {
  yield header
  yield* createReadStream(file, { start: HEADER_BYTES, end: end - 1 })
}

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

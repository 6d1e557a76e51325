import { fstatSync, readSync } from 'node:fs'
import { BuildFailure } from './errors.ts'

/** One member of a tar file. `offset` is where its content begins in the file. */
export type TarEntry = {
  path: string
  kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other'
  mode: number
  size: number
  /** Target of a link, empty otherwise. */
  target: string
  offset: number
}

const BLOCK = 512
/** Extended headers hold paths: PATH_MAX with room for more. */
const MAX_EXTENDED_BYTES = 1024 * 1024

type Attributes = { path?: string | undefined; linkpath?: string | undefined; size?: string | undefined }

/**
 * Reads the headers of a ustar file with pax or GNU long names, as `git archive` and `tar` write it (POSIX.1-2024, pax).
 * Contents are skipped: read them from `offset` when they are needed.
 */
export function* readTar(fd: number): Generator<TarEntry> {
  const header = Buffer.alloc(BLOCK)
  const end = fstatSync(fd).size
  let position = 0
  let next: Attributes = {}
  while (readSync(fd, header, 0, BLOCK, position) === BLOCK && header[0] !== 0) {
    checkSum(header)
    const type = String.fromCharCode(header[156] ?? 0)
    const size = hasContent(type) ? sizeOf(header, next) : 0
    const offset = position + BLOCK
    if (offset + size > end) throw damaged('it ends early')
    position = offset + Math.ceil(size / BLOCK) * BLOCK
    if (type === 'g') continue
    if (type === 'x' || type === 'L' || type === 'K') {
      next = { ...next, ...extended(type, content(fd, offset, size)) }
      continue
    }
    yield entry(header, type, size, offset, next)
    next = {}
  }
}

function entry(header: Buffer, type: string, size: number, offset: number, extra: Attributes): TarEntry {
  const prefix = text(header, 345, 155)
  const name = text(header, 0, 100)
  return {
    path: extra.path ?? (prefix === '' ? name : `${prefix}/${name}`),
    kind: kindOf(type),
    mode: number(header, 100, 8),
    size,
    target: extra.linkpath ?? text(header, 157, 100),
    offset,
  }
}

function kindOf(type: string): TarEntry['kind'] {
  if (type === '0' || type === '\0' || type === '7') return 'file'
  if (type === '5') return 'directory'
  if (type === '2') return 'symlink'
  return type === '1' ? 'hardlink' : 'other'
}

/** Links and the like may carry the size of what they stand for, with nothing behind the header; so the engine reads it, too. */
function hasContent(type: string): boolean {
  return !'123456'.includes(type)
}

function sizeOf(header: Buffer, { size }: Attributes): number {
  const bytes = size === undefined ? number(header, 124, 12) : Number(size)
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw damaged('a size in a header cannot be read')
  return bytes
}

function extended(type: string, body: Buffer): Attributes {
  if (type === 'L') return { path: text(body, 0, body.length) }
  if (type === 'K') return { linkpath: text(body, 0, body.length) }
  return paxRecords(body)
}

/** Records read `<length> <keyword>=<value>\n`; the length counts the whole record in bytes. */
function paxRecords(body: Buffer): Attributes {
  const records: Record<string, string> = {}
  let at = 0
  while (at < body.length) {
    const space = body.indexOf(0x20, at)
    const length = Number(body.toString('latin1', at, space))
    if (space < 0 || !Number.isInteger(length) || length <= 0) throw damaged('an extended header cannot be read')
    const record = body.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    records[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  return { path: records['path'], linkpath: records['linkpath'], size: records['size'] }
}

function content(fd: number, offset: number, size: number): Buffer {
  if (size > MAX_EXTENDED_BYTES) throw damaged('an extended header is too long')
  const body = Buffer.alloc(size)
  if (readSync(fd, body, 0, size, offset) !== size) throw damaged('it ends early')
  return body
}

function text(buffer: Buffer, start: number, length: number): string {
  const end = buffer.indexOf(0, start)
  return buffer.toString('utf8', start, end < 0 || end > start + length ? start + length : end)
}

/** Octal text, or base 256 with the top bit set (GNU, for sizes from 8 GiB). */
function number(buffer: Buffer, start: number, length: number): number {
  const first = buffer[start] ?? 0
  if (first & 0x80) return Number(buffer.readBigUInt64BE(start + length - 8))
  const digits = text(buffer, start, length).trim()
  if (!/^[0-7]*$/.test(digits)) throw damaged('a number in a header cannot be read')
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

/** The sum of all header bytes, the checksum field itself taken as blanks. */
function checkSum(header: Buffer): void {
  let sum = 0
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0)
  if (sum !== number(header, 148, 8)) throw damaged('a header does not match its checksum')
}

function damaged(reason: string): BuildFailure {
  return new BuildFailure('source.damaged', `The archive of the source tree is damaged: ${reason}.`, {
    fix: 'Push again.',
    retryable: true,
  })
}

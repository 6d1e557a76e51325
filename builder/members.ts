import { closeSync, createReadStream, createWriteStream, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import { readTar, type TarEntry } from './tar.ts'

/** An entry of a tar that is yet to be written; its content lies in a file, from `offset` on, or is given. */
export type Member = TarEntry & { file: string; content?: Buffer }

const EPOCH = new Date(0)

export function membersOf(tarFile: string): Member[] {
  const fd = openSync(tarFile, 'r')
  try {
    return [...readTar(fd)].map((entry) => ({
      ...entry,
      path: entry.path.replace(/^(?:\.\/)+/, '').replace(/\/+$/, ''),
      file: tarFile,
    }))
  } finally {
    closeSync(fd)
  }
}

export function textMember(path: string, text: string): Member {
  const content = Buffer.from(text)
  return { path, kind: 'file', mode: 0o644, size: content.length, target: '', offset: 0, file: '', content }
}

/** Of a small file. */
export function contentOf({ content, file, offset, size }: Member): string {
  if (content) return content.toString('utf8')
  const fd = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(size)
    readSync(fd, buffer, 0, size, offset)
    return buffer.toString('utf8')
  } finally {
    closeSync(fd)
  }
}

/** Nothing is checked here: whoever opens the tar looks at it as at any other. */
export async function writeMembers(members: Iterable<Member>, target: string): Promise<void> {
  await pipeline(Readable.from(packMembers(members)), createWriteStream(target, { mode: 0o600 }))
}

/** The tar, as fast as it is read. */
export async function* packMembers(members: Iterable<Member>): AsyncGenerator<Buffer> {
  const out = pack()
  const filling = fill(out, members).catch((error: Error) => out.destroy(error))
  yield* out as unknown as AsyncIterable<Buffer>
  await filling
}

async function fill(out: Pack, members: Iterable<Member>): Promise<void> {
  for (const member of members) {
    const { path: name, mode, kind, size, target } = member
    const header = { name, mode, mtime: EPOCH }
    if (member.content) out.entry(header, member.content)
    else if (kind === 'file' && size > 0) await copy(out, member)
    else out.entry({ ...header, type: typeOf(kind), ...(target === '' ? {} : { linkname: target }) }, '')
  }
  out.finalize()
}

async function copy(out: Pack, { file, path, mode, size, offset }: Member): Promise<void> {
  const entry = out.entry({ name: path, mode, size, mtime: EPOCH })
  for await (const chunk of createReadStream(file, { start: offset, end: offset + size - 1 }))
    if (!entry.write(chunk)) await new Promise<void>((resolve) => entry.once('drain', () => resolve()))
  const ended = new Promise<void>((resolve) => entry.once('close', () => resolve()))
  entry.end(undefined)
  await ended
}

/** What is none of the three a source may have is carried over as what is refused. */
function typeOf(kind: TarEntry['kind']): 'file' | 'directory' | 'symlink' | 'link' | 'fifo' {
  if (kind === 'hardlink') return 'link'
  return kind === 'other' ? 'fifo' : kind
}

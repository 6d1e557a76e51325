import { closeSync, createReadStream, createWriteStream, openSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import { BuildFailure } from './errors.ts'
import { readTar, type TarEntry } from './tar.ts'

const EPOCH = new Date(0)

/**
 * Writes what lies beneath `root` as a tar of its own, for an app that is one directory of a repository. Nothing is
 * checked here: whoever opens the new tar looks at it as at any other. Throws BuildFailure `source.no-root`.
 */
export async function writeSubtree(tarFile: string, root: string, target: string): Promise<void> {
  const entries = entriesBeneath(tarFile, root)
  if (entries.length === 0) throw noRoot(root)
  const out = pack()
  const written = pipeline(
    Readable.from(out as unknown as AsyncIterable<Buffer>),
    createWriteStream(target, { mode: 0o600 }),
  )
  await Promise.all([fill(out, tarFile, entries), written])
}

function entriesBeneath(tarFile: string, root: string): TarEntry[] {
  const fd = openSync(tarFile, 'r')
  try {
    const plain = [...readTar(fd)].map((entry) => ({ ...entry, path: entry.path.replace(/^(?:\.\/)+/, '') }))
    return plain
      .filter(({ path }) => path.startsWith(`${root}/`) && path !== `${root}/`)
      .map((entry) => ({ ...entry, path: entry.path.slice(root.length + 1) }))
  } finally {
    closeSync(fd)
  }
}

async function fill(out: Pack, tarFile: string, entries: TarEntry[]): Promise<void> {
  for (const entry of entries) {
    const header = { name: entry.path, mode: entry.mode, mtime: EPOCH }
    if (entry.kind === 'file' && entry.size > 0) await copy(out, tarFile, entry)
    else out.entry({ ...header, type: typeOf(entry), ...(entry.target === '' ? {} : { linkname: entry.target }) }, '')
  }
  out.finalize()
}

async function copy(out: Pack, tarFile: string, { path, mode, size, offset }: TarEntry): Promise<void> {
  const entry = out.entry({ name: path, mode, size, mtime: EPOCH })
  for await (const chunk of createReadStream(tarFile, { start: offset, end: offset + size - 1 }))
    if (!entry.write(chunk)) await new Promise<void>((resolve) => entry.once('drain', () => resolve()))
  const ended = new Promise<void>((resolve) => entry.once('close', () => resolve()))
  entry.end(undefined)
  await ended
}

/** What is none of the three a source may have is carried over as what is refused. */
function typeOf({ kind }: TarEntry): 'file' | 'directory' | 'symlink' | 'link' | 'fifo' {
  if (kind === 'hardlink') return 'link'
  return kind === 'other' ? 'fifo' : kind
}

function noRoot(root: string): BuildFailure {
  return new BuildFailure(
    'source.no-root',
    `There is no directory ${root} in the source, and the app is set to be it.`,
    {
      fix: 'Push the directory, or set another one.',
      command: 'paas build:set root=<directory>',
    },
  )
}

import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { extract, type Header, type Pack, pack } from 'tar-stream'

export type ExtraFile = { path: string; content: Buffer | string; mode?: number }

export type ContextOptions = {
  sourceTar: string
  dockerfile: string
  /** False leaves the entry out (.dockerignore). Paths are relative, without a leading `./` or a trailing slash. */
  entryFilter?: (path: string) => boolean
  /** They win over files of the same path in the source. */
  extraFiles?: ExtraFile[]
}

/** Where the Dockerfile stands in the context: a name that no project uses, the same in each build so that `COPY . .` is cached. */
export const DOCKERFILE_PATH = '.paas.Dockerfile'

const FILE_MODE = 0o644
const EXECUTABLE_MODE = 0o755

/** The build context as a tar, streamed from the source tar with our files at its end; nothing is unpacked to disk. */
export function buildContext(options: ContextOptions): AsyncIterable<Uint8Array> {
  const out = pack()
  write(options, out).then(
    () => out.finalize(),
    (error) => out.destroy(error),
  )
  // streamx streams can be iterated; their types do not say so.
  return out as unknown as AsyncIterable<Uint8Array>
}

async function write(options: ContextOptions, out: Pack): Promise<void> {
  const own: ExtraFile[] = [...(options.extraFiles ?? []), { path: DOCKERFILE_PATH, content: options.dockerfile }]
  const taken = new Set(own.map((file) => file.path))
  const filter = options.entryFilter ?? (() => true)
  await copySource(options.sourceTar, out, (path) => !taken.has(path) && filter(path))
  for (const { path, content, mode = FILE_MODE } of own) out.entry({ name: path, mode, mtime: EPOCH }, content)
}

/** Our files never change their time, so that equal builds have equal contexts. */
const EPOCH = new Date(0)

async function copySource(file: string, out: Pack, wanted: (path: string) => boolean): Promise<void> {
  const source = extract()
  const reading = pipeline(createReadStream(file), source)
  // Awaited below; without this an unreadable file would be an unhandled rejection before the loop has ended.
  reading.catch(() => {})
  for await (const entry of source) {
    if (wanted(plainPath(entry.header.name))) await pipeline(entry, out.entry(contextHeader(entry.header)))
    else entry.resume()
  }
  await reading
}

/**
 * Modes as git has them (644 or 755): `git archive` adds the group's write bit, and the pax headers it sends (the
 * commit) would be repeated for each entry.
 */
function contextHeader(header: Header): Omit<Header, 'pax'> {
  const executable = header.type === 'directory' || (header.mode & 0o100) !== 0
  const { pax: _, ...rest } = header
  return { ...rest, mode: executable ? EXECUTABLE_MODE : FILE_MODE }
}

function plainPath(name: string): string {
  return name.replace(/^(\.\/)+/, '').replace(/\/+$/, '')
}

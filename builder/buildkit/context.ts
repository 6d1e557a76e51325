import { closeSync, createReadStream, openSync } from 'node:fs'
import { pack } from 'tar-stream'
import { readTar } from '../tar.ts'
import { ImageBuildError } from './failure.ts'

export type ExtraFile = {
  path: string
  content: Buffer | string
  mode?: number
  /** A symbolic link to this, in place of the content. */
  link?: string
}

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

/** Our files never change their time, so that equal builds have equal contexts. */
const EPOCH = new Date(0)

/** Below this the round trips to the disk cost more than the bytes. */
const CHUNK_BYTES = 256 * 1024

/**
 * The build context as a tar: the source tar as it is, in long stretches without the entries that are left out, and our
 * files at its end. Nothing is unpacked or packed again: a tree of 5,000 files passes in a tenth of a second.
 */
export async function* buildContext(options: ContextOptions): AsyncGenerator<Uint8Array> {
  const own = [...(options.extraFiles ?? []), { path: DOCKERFILE_PATH, content: options.dockerfile }]
  const taken = new Set(own.map(({ path }) => path))
  const filter = options.entryFilter ?? (() => true)
  const stretches = wantedStretches(options.sourceTar, (path) => !taken.has(path) && filter(path))
  for (const stretch of stretches) yield* bytes(options.sourceTar, stretch)
  yield* packed(own)
}

/** Bytes from `start` up to `end`. */
type Stretch = { start: number; end: number }

const BLOCK_BYTES = 512

/** An entry begins where the one before it ends, so that its extended headers stay with it. */
function wantedStretches(file: string, wanted: (path: string) => boolean): Stretch[] {
  const stretches: Stretch[] = []
  const fd = openSync(file, 'r')
  try {
    let start = 0
    for (const { path, offset, size } of readTar(fd)) {
      const end = offset + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
      const last = stretches.at(-1)
      if (wanted(plainPath(path))) {
        if (last?.end === start) last.end = end
        else stretches.push({ start, end })
      }
      start = end
    }
    return stretches
  } finally {
    closeSync(fd)
  }
}

async function* bytes(file: string, { start, end }: Stretch): AsyncGenerator<Uint8Array> {
  let left = end - start
  for await (const chunk of createReadStream(file, { start, end: end - 1, highWaterMark: CHUNK_BYTES })) {
    left -= chunk.length
    yield chunk
  }
  if (left > 0) {
    throw new ImageBuildError({
      code: 'source.damaged',
      message: 'The archive of the source tree is damaged: it ends early.',
      fix: 'Push again.',
      retryable: true,
    })
  }
}

function packed(files: ExtraFile[]): AsyncIterable<Uint8Array> {
  const out = pack()
  for (const { path, content, mode = 0o644, link } of files) {
    if (link === undefined) out.entry({ name: path, mode, mtime: EPOCH }, content)
    else out.entry({ name: path, type: 'symlink', linkname: link, mtime: EPOCH })
  }
  out.finalize()
  // streamx streams can be iterated; their types do not say so.
  return out as unknown as AsyncIterable<Uint8Array>
}

function plainPath(name: string): string {
  return name.replace(/^(\.\/)+/, '').replace(/\/+$/, '')
}

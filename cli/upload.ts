import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { createGzip } from 'node:zlib'
import type { Context } from './context.ts'
import { CliError, hasErrorCode, UsageError } from './errors.ts'
import { versionOf } from './git.ts'
import { loadPlanner } from './load-planner.ts'

/** A source tree on its way to the box: read as fast as it is taken there. */
export type Upload = {
  /** In words: `the folder shop`. */
  name: string
  content: ReadableStream<Uint8Array>
  version: string | undefined
  /** Why its sender had to stop, when it had to. */
  failure(): Error | undefined
  sentBytes(): number
}

/** Text shrinks to a quarter at the least effort, which keeps up with most lines. */
const GZIP_LEVEL = 1

export async function folderUpload(path: string): Promise<Upload> {
  const folder = resolve(path)
  const status = await statusOf(path)
  if (!status.isDirectory()) {
    throw new CliError(`${path} is a file.`, {
      fix: 'An archive is named by --tar.',
      command: `paas deploy --tar ${path}`,
    })
  }
  const { packed } = await loadPlanner()
  return upload(`the folder ${basename(folder)}`, zipped(packed(folder)), await versionOf(folder))
}

/** As it is, `-` from standard input. */
export async function archiveUpload(context: Context, path: string): Promise<Upload> {
  if (path === '-') {
    if (context.stdin.isTTY) {
      throw new UsageError('Standard input is a terminal, not an archive.', {
        command: 'git archive HEAD | paas deploy --tar -',
      })
    }
    return upload('the archive', context.stdin, undefined)
  }
  const status = await statusOf(path)
  if (status.isDirectory())
    throw new CliError(`${path} is a folder.`, { fix: 'Deploy it as one.', command: `paas deploy ${path}` })
  return upload(basename(path), createReadStream(path), undefined)
}

/** Counts what is sent, and remembers why it could not be read. */
export function upload(name: string, source: AsyncIterable<Uint8Array>, version: string | undefined): Upload {
  let failure: Error | undefined
  let bytes = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        bytes += chunk.length
        yield chunk
      }
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
      throw error
    }
  }
  return { name, content: ReadableStream.from(counted()), version, failure: () => failure, sentBytes: () => bytes }
}

async function* zipped(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level: GZIP_LEVEL })
  const filling = (async () => {
    for await (const chunk of content)
      if (!gzip.write(chunk)) await new Promise<void>((resolve) => gzip.once('drain', () => resolve()))
    gzip.end()
  })().catch((error: Error) => void gzip.destroy(error))
  yield* gzip
  await filling
}

async function statusOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) throw new CliError(`There is no ${path}.`, {}, 2)
    throw error
  }
}

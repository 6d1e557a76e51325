import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { CliError, type ErrorAdvice } from './errors.ts'

/** What a file is called while it comes, so that half of one is never taken for a whole. Nobody else may read it. */
export async function saveTo(file: string, content: ReadableStream<Uint8Array>, advice: ErrorAdvice): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await received(content, createWriteStream(temporary, { flags: 'wx', mode: 0o600 }), advice)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Throws what went wrong here as it is; else that the box broke off. */
export async function received(content: ReadableStream<Uint8Array>, to: Writable, advice: ErrorAdvice): Promise<void> {
  await pipeline(Readable.fromWeb(content), to).catch((cause: unknown) => {
    if (cause instanceof Error && 'syscall' in cause) throw cause
    throw new CliError('The download broke off: the box could not read all of it, or the connection broke.', advice)
  })
}

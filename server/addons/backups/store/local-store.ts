import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { newId } from '../../../db/ids.ts'
import { hasErrorCode, PaasError } from '../../../errors.ts'
import { type BackupStore, CHECK_NAME, checkName, missing, type StoredObject } from './store.ts'

const UNFINISHED = '.unfinished-'

/** A directory of the box. Written beside, synced, renamed: a crash leaves the whole or a file that `sweep` takes away. */
export class LocalStore implements BackupStore {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async put(name: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<StoredObject> {
    const path = this.#path(name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const temporary = join(dirname(path), `${UNFINISHED}${newId('tmp')}`)
    try {
      const file = createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true })
      await pipeline(bytes, file, { signal })
      await rename(temporary, path)
      await syncDirectories(dirname(path), this.#root)
      return { name, bytes: file.bytesWritten }
    } catch (error) {
      await rm(temporary, { force: true })
      throw hasErrorCode(error, 'ENOSPC') ? full(error) : error
    }
  }

  async get(name: string, signal: AbortSignal): Promise<Readable> {
    const handle = await open(this.#path(name)).catch((error: unknown) => {
      throw hasErrorCode(error, 'ENOENT') ? missing(name) : error
    })
    return createReadStream('', { fd: handle, signal, highWaterMark: 256 * 1024 })
  }

  async find(name: string): Promise<StoredObject | undefined> {
    try {
      const { size } = await stat(this.#path(name))
      return { name, bytes: size }
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  async list(prefix: string): Promise<StoredObject[]> {
    const files = await this.#files()
    const names = files.filter(({ file }) => !file.startsWith(UNFINISHED)).map(({ path }) => relative(this.#root, path))
    const found = await Promise.all(names.filter((name) => name.startsWith(prefix)).map((name) => this.find(name)))
    return found.filter((object) => object !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true })
  }

  async sweep(): Promise<void> {
    for (const { file, path } of await this.#files()) {
      if (file.startsWith(UNFINISHED)) await rm(path, { force: true })
    }
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.put(CHECK_NAME, one(Buffer.from('paas')), signal)
    await this.remove(CHECK_NAME)
  }

  async #files(): Promise<{ file: string; path: string }[]> {
    const entries = await readdir(this.#root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return []
      throw error
    })
    return entries
      .filter((entry) => entry.isFile())
      .map(({ name, parentPath }) => ({ file: name, path: join(parentPath, name) }))
  }

  #path(name: string): string {
    checkName(name)
    return join(this.#root, name)
  }
}

export async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** A name in a directory is on disk when the directory is, and so is that directory's own. */
async function syncDirectories(from: string, root: string): Promise<void> {
  for (let directory = from; ; directory = dirname(directory)) {
    await using handle = await open(directory)
    await handle.sync()
    if (directory === root || directory === dirname(directory)) return
  }
}

function full(cause: unknown): PaasError {
  return new PaasError(
    'unavailable',
    'disk.full',
    'The disk of the box is full: the backup was not made, and nothing of it is left.',
    { fix: 'Make room, or keep backups in an S3 bucket.', command: 'paas backups:store:set s3' },
    { cause },
  )
}

import { existsSync } from 'node:fs'
import { mkdtemp, open, rm, rmdir, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../scripts/run-command.ts'

const CHUNK = Buffer.alloc(64 * 1024)

/** A disk of its own that is quickly full: a tmpfs. Needs root; unmounted whatever happens to the test. */
export class SmallDisk implements AsyncDisposable {
  readonly directory: string
  readonly #filler: string

  private constructor(directory: string) {
    this.directory = directory
    this.#filler = join(directory, 'filler')
  }

  static async mount(megabytes: number): Promise<SmallDisk> {
    const directory = await mkdtemp(join(tmpdir(), 'paas-small-disk-'))
    await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', directory])
    return new SmallDisk(directory)
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.directory)
    return bavail * bsize
  }

  /** Leaves that many bytes free; 0 is to the last one. */
  async fill(leave: number): Promise<void> {
    const file = await open(this.#filler, 'a')
    try {
      while ((await this.freeBytes()) > leave) {
        const rest = (await this.freeBytes()) - leave
        await file.write(CHUNK.subarray(0, Math.min(CHUNK.length, rest)))
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      await file.close()
    }
  }

  async clear(): Promise<void> {
    await rm(this.#filler, { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!existsSync(this.directory)) return
    await runCommand('umount', ['-l', this.directory])
    await rmdir(this.directory)
  }
}

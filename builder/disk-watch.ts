import { statfs } from 'node:fs/promises'
import type { BuildEndpoint } from './build.ts'
import { EngineApi } from './buildkit/engine-api.ts'
import { BuildFailure } from './errors.ts'

const LOOK_MS = 500
const GB = 1024 ** 3
/** Left for apps and databases, whatever the limit is: a gigabyte or a twentieth of the disk, whichever is less. */
const RESERVE_BYTES = GB
const RESERVE_SHARE = 0.05

export type Space = { freeBytes: number; totalBytes: number }

/**
 * Stops a build before it fills the disk. What else writes meanwhile counts, too, for nobody can tell the bytes of a build
 * from others while it runs.
 */
export class DiskWatch implements Disposable {
  readonly #limitBytes: number
  readonly #read: () => Promise<Space | undefined>
  readonly #abort = new AbortController()
  readonly #timer: NodeJS.Timeout
  #before: number | undefined
  #failure: BuildFailure | undefined
  #looking = false

  /** `read` gives undefined where the disk cannot be looked at; then nothing is watched. */
  constructor(limitBytes: number, read: () => Promise<Space | undefined>, lookMs = LOOK_MS) {
    this.#limitBytes = limitBytes
    this.#read = read
    this.#timer = setInterval(() => void this.look(), lookMs).unref()
    void this.look()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Why the build was stopped. */
  get failure(): BuildFailure | undefined {
    return this.#failure
  }

  async look(): Promise<void> {
    if (this.#looking || this.#failure) return
    this.#looking = true
    try {
      this.#judge(await this.#read())
    } catch {
      // A disk that cannot be looked at this time is looked at the next time.
    } finally {
      this.#looking = false
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #judge(space: Space | undefined): void {
    if (!space) return
    const { freeBytes, totalBytes } = space
    this.#before ??= freeBytes
    const written = this.#before - freeBytes
    if (written > this.#limitBytes) this.#stop(overLimit(this.#limitBytes))
    else if (written > 0 && freeBytes < Math.min(RESERVE_BYTES, totalBytes * RESERVE_SHARE)) this.#stop(nearlyFull())
  }

  #stop(failure: BuildFailure): void {
    this.#failure = failure
    this.#abort.abort(failure)
  }
}

/** The disk that builds for the endpoint are written to; an engine on another machine has none here. */
export function spaceOf(endpoint: BuildEndpoint): () => Promise<Space | undefined> {
  if (endpoint.kind === 'directory') return () => spaceAt(endpoint.root)
  let directory: Promise<string | undefined> | undefined
  return async () => {
    directory ??= engineDirectory(endpoint.socketPath)
    const path = await directory
    return path === undefined ? undefined : spaceAt(path)
  }
}

async function engineDirectory(socketPath: string): Promise<string | undefined> {
  try {
    const info = (await new EngineApi(socketPath).json('GET', '/info')) as { DockerRootDir?: string }
    return info.DockerRootDir
  } catch {
    return undefined
  }
}

async function spaceAt(path: string): Promise<Space | undefined> {
  try {
    const disk = await statfs(path)
    return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize }
  } catch {
    return undefined
  }
}

function overLimit(limitBytes: number): BuildFailure {
  const limit = `${Math.round((10 * limitBytes) / GB) / 10} GB`
  return new BuildFailure(
    'build.disk-limit',
    `The disk filled by more than ${limit} during the build, so it was stopped.`,
    {
      fix: 'Let the build write less, or have an owner of the box raise the limit.',
      command: 'paas builds:limits disk=20gb',
    },
  )
}

function nearlyFull(): BuildFailure {
  return new BuildFailure('build.disk-full', 'The disk of the box was about to be full, so the build was stopped.', {
    fix: 'See what takes the disk and make room, then push again.',
    command: 'paas disk',
    retryable: true,
  })
}

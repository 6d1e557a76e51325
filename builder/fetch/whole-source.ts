import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { BuildRequest } from '../build.ts'
import type { Surroundings } from './fetching.ts'

export type WholeSource = AsyncDisposable & { tar: string; commit: string }

/**
 * The source with all that belongs to it: what was sent, or a commit that is fetched; and, where the app is set to it, the
 * trees of its submodules and the contents of Git LFS. Throws BuildFailure.
 */
export async function wholeSource(request: BuildRequest, surroundings: Surroundings): Promise<WholeSource> {
  const { repository, settings, sourceTar, sourceVersion } = request
  if (!repository && !settings?.submodules && !settings?.lfs) {
    return { tar: sourceTar, commit: sourceVersion, [Symbol.asyncDispose]: async () => undefined }
  }
  // With it come node:https and node:tls, which most builds do not need.
  const { Fetching } = await import('./fetching.ts')
  const directory = `${sourceTar}.fetched`
  const clear = () => rm(directory, { recursive: true, force: true })
  await clear()
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  try {
    const found = await new Fetching(request, directory, surroundings).whole()
    return { ...found, [Symbol.asyncDispose]: clear }
  } catch (error) {
    await clear()
    throw error
  }
}

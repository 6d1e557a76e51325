import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { BuildRequest } from '../build.ts'
import { BuildFailure, messageOf } from '../errors.ts'
import { atMost } from '../fetch/counted.ts'
import { fetchHttps, httpsTools } from '../fetch/https.ts'
import { type FetchTools, fetchTree } from '../fetch/repository.ts'
import { WayOut } from '../fetch/way-out.ts'
import type { Reference } from './reference.ts'

/** A buildpack is scripts, rarely more than a megabyte. */
export const MOST_BYTES = 64 * 1024 ** 2
const TIMEOUT_MS = 120_000
const NO_NETWORK = { privateHosts: [], proxy: null, noProxy: [] }

export type Remote = Extract<Reference, { kind: 'git' | 'tarball' }>
/** `directory` is empty, and removed by whoever made it. `path` is PATH of the machine. */
export type Place = { directory: string; path: string; signal: AbortSignal }
/** A tar of the buildpack, and which one it is. */
export type Fetched = { tar: string; version: string }

/**
 * By the one way out of the builder: https alone, to public addresses, and as git without a work tree, hooks, submodules and
 * the machine's configuration. Throws BuildFailure `buildpack.*` or `fetch.*`, which name the buildpack.
 */
export async function fetchBuildpack(
  reference: Remote,
  { certificateBundle, network = NO_NETWORK }: Pick<BuildRequest, 'certificateBundle' | 'network'>,
  place: Place,
): Promise<Fetched> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS)
  const way = new WayOut(network, { bytes: MOST_BYTES })
  const signal = AbortSignal.any([place.signal, deadline])
  const tools = { ...place, way, signal, certificates: certificateBundle, maxTreeBytes: MOST_BYTES }
  try {
    return await (reference.kind === 'git' ? fetchCommit(reference, tools) : fetchArchive(reference, tools))
  } catch (error) {
    place.signal.throwIfAborted()
    throw inOurWords(reference, deadline.aborted ? tooSlow() : error)
  }
}

async function fetchCommit({ url, ref }: Remote & { kind: 'git' }, tools: FetchTools): Promise<Fetched> {
  const { tar, commit } = await fetchTree('pack', url, ref ?? 'HEAD', tools)
  return { tar, version: commit.slice(0, 8) }
}

/** A tar.gz, unpacked as far as the tar. */
async function fetchArchive({ url }: Remote & { kind: 'tarball' }, tools: FetchTools): Promise<Fetched> {
  const { directory, signal } = tools
  const response = await fetchHttps(url, {}, httpsTools(tools))
  if (response.statusCode !== 200) {
    response.destroy()
    throw new Error(`the answer is ${response.statusCode}`)
  }
  const bounded = () => atMost(MOST_BYTES, tooLarge)
  const tar = join(directory, 'pack.tar')
  await pipeline([response, bounded(), createGunzip(), bounded(), createWriteStream(tar, { mode: 0o600 })], { signal })
  return { tar, version: response.headers.etag ?? 'it as it is now' }
}

/** What helps with a source does not help with a buildpack: it can be part of the app. */
function inOurWords({ written }: Remote, error: unknown): BuildFailure {
  const known = error instanceof BuildFailure
  const reason = known ? error.message : `${messageOf(error)}.`
  const command = known && error.help.command?.startsWith('git ') ? error.help.command : 'paas buildpacks'
  return new BuildFailure(
    known ? error.code : 'fetch.failed',
    `The buildpack ${written} could not be fetched. ${reason}`,
    {
      fix: 'Check its address, or put the buildpack into a folder of the repository, such as ./buildpack.',
      command,
      retryable: known ? (error.help.retryable ?? false) : true,
    },
    { cause: error },
  )
}

function tooSlow(): BuildFailure {
  return new BuildFailure('buildpack.slow', `It took longer than ${TIMEOUT_MS / 60_000} minutes.`, { retryable: true })
}

function tooLarge(): BuildFailure {
  return new BuildFailure('buildpack.too-large', `It is larger than ${MOST_BYTES / 1024 ** 2} MB.`)
}

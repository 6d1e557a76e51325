import { createWriteStream, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { rootCertificates } from 'node:tls'
import { createGunzip } from 'node:zlib'
import { BuildFailure, messageOf } from '../errors.ts'
import { FETCH_TIMEOUT_MS, type Fetched, type FetchSurroundings, MOST_BYTES } from './fetch.ts'
import { tooLarge } from './git.ts'
import { publicAddress } from './public-address.ts'
import type { Reference } from './reference.ts'

const MOST_REDIRECTS = 3

/** A tar.gz, unpacked as far as the tar. Each redirect is looked at as the address itself. Throws BuildFailure `buildpack.*`. */
export async function fetchTarball(
  { url, written }: Reference & { kind: 'tarball' },
  surroundings: FetchSurroundings,
): Promise<Fetched> {
  const tar = join(surroundings.directory, 'pack.tar')
  const signal = AbortSignal.any([surroundings.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)])
  try {
    const response = await follow(new URL(url), { ...surroundings, signal })
    const parts = [response, atMost(written), createGunzip(), atMost(written), createWriteStream(tar)] as const
    await pipeline(...parts, { signal })
    return { tar, version: response.headers.etag ?? 'as it is now' }
  } catch (error) {
    surroundings.signal.throwIfAborted()
    throw error instanceof BuildFailure ? error : unreachable(written, messageOf(error), error)
  }
}

async function follow(first: URL, surroundings: FetchSurroundings): Promise<IncomingMessage> {
  let url = first
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const response = await ask(url, surroundings)
    const { statusCode = 0, headers } = response
    if (statusCode === 200) return response
    response.destroy()
    if (statusCode < 300 || statusCode > 399 || !headers.location) throw new Error(`the answer is ${statusCode}`)
    url = new URL(headers.location, url)
    if (url.protocol !== 'https:') throw new Error('it leads to an address that is not https')
  }
  throw new Error(`it leads on more than ${MOST_REDIRECTS} times`)
}

async function ask(url: URL, { certificateBundle, isAllowed, signal }: FetchSurroundings): Promise<IncomingMessage> {
  const address = await publicAddress(url.hostname, isAllowed)
  const own = certificateBundle === null ? [] : [readFileSync(certificateBundle, 'utf8')]
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request(url, {
    ca: [...rootCertificates, ...own],
    signal,
    headers: { 'user-agent': 'paas' },
    lookup: (_host, options, answer) => {
      const family = address.includes(':') ? 6 : 4
      if (options.all) answer(null, [{ address, family }])
      else answer(null, address, family)
    },
  })
    .on('response', resolve)
    .on('error', reject)
    .end()
  return await promise
}

function atMost(written: string): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > MOST_BYTES) done(tooLarge(written))
      else done(null, chunk)
    },
  })
}

function unreachable(written: string, reason: string, cause: unknown): BuildFailure {
  return new BuildFailure(
    'buildpack.unreachable',
    `The buildpack ${written} could not be fetched: ${reason}.`,
    {
      fix: 'Check that its address is that of a tar.gz which anybody can fetch, and that the box reaches it.',
      command: `curl -fLI ${written}`,
      retryable: true,
    },
    { cause },
  )
}

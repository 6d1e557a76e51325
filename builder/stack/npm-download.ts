import { createHash } from 'node:crypto'
import { get } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { rootCertificates } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import type { ExtraFile } from '../buildkit/context.ts'
import { ImageBuildError } from '../buildkit/failure.ts'
import { messageOf } from '../errors.ts'

/** npm's own tarball, with everything it needs inside. */
const NPM = {
  url: 'https://registry.npmjs.org/npm/-/npm-11.19.1.tgz',
  integrity: 'ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==',
}

const DOWNLOAD_MS = 60_000

/** Throws ImageBuildError `stack.npm-unavailable`. */
export async function* downloadNpm(
  certificates: Buffer | null,
  signal: AbortSignal,
  npm: { url: string; integrity: string } = NPM,
): AsyncGenerator<ExtraFile> {
  const tarball = await fetched(npm.url, certificates, signal)
  if (createHash('sha512').update(tarball).digest('base64') !== npm.integrity) {
    throw unavailable(`${npm.url} is not the file that was expected`)
  }
  const files = extract()
  files.end(gunzipSync(tarball))
  for await (const file of files) {
    const path = file.header.name.replace(/^package\//, 'npm/')
    const content = await buffer(file)
    if (file.header.type === 'file') yield { path, content, mode: file.header.mode & 0o755 }
  }
}

function fetched(url: string, certificates: Buffer | null, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const request = get(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_MS)]),
    ...(certificates ? { ca: [...rootCertificates, certificates] } : {}),
  })
  request.on('error', (error) => reject(signal.aborted ? signal.reason : unavailable(messageOf(error))))
  request.on('response', (response) => {
    if (response.statusCode === 200) buffer(response).then(resolve, reject)
    else reject(unavailable(`${url} answered ${response.statusCode}`))
  })
  return promise
}

function unavailable(reason: string): ImageBuildError {
  return new ImageBuildError({
    code: 'stack.npm-unavailable',
    message: `The base image needs npm, but the box has none of version 11 or newer and it could not be downloaded: ${reason}.`,
    fix: 'Install it on the box (`npm install -g npm@11`) or let the box reach registry.npmjs.org, then push again.',
    retryable: true,
  })
}

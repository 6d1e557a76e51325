import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { BuildRequest } from './build.ts'
import { BuildFailure, messageOf } from './errors.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** `file`: a PEM file of all that a build trusts, wherever it trusts; null where every program goes by what it has. */
export type Authorities = AsyncDisposable & { file: string | null }

/**
 * The machine's own authorities beside the public ones, in one file that lies with the source while the build lasts: most tools
 * take a file in the place of what they trust by themselves. Throws BuildFailure `certificates.unreadable`.
 */
export function authoritiesOf({ certificateBundle, sourceTar }: BuildRequest): Authorities {
  if (certificateBundle === null) return { file: null, [Symbol.asyncDispose]: async () => undefined }
  // An import of node:tls would read all of them at each start: 3 MB.
  const { rootCertificates } = process.getBuiltinModule('node:tls')
  const file = `${sourceTar}.authorities.pem`
  writeFileSync(file, allCertificates([...rootCertificates, contentOf(certificateBundle)]))
  return { file, [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}

/** Each once: the bundle of a machine has the public ones, too, and an engine takes secrets of 500 KB. */
function allCertificates(texts: string[]): string {
  const found = texts.flatMap((text) => text.match(CERTIFICATE) ?? [])
  const once = new Map(found.map((pem) => [pem.replace(/\s/g, ''), pem]))
  return `${[...once.values()].join('\n')}\n`
}

function contentOf(bundle: string): string {
  try {
    return readFileSync(bundle, 'utf8')
  } catch (cause) {
    const message = `The authorities that this box trusts cannot be read: ${messageOf(cause)}.`
    throw new BuildFailure(
      'certificates.unreadable',
      message,
      { fix: 'An owner of the box mends the path in PAAS_CERTIFICATE_BUNDLE and restarts the server.' },
      { cause },
    )
  }
}

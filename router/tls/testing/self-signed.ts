import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type Pair = { chain: string; key: string }
/** `crl`: where its authority says that it publishes what it has revoked. */
type Wish = {
  days?: number
  rsaBits?: number
  issuer?: Pair
  isCa?: boolean
  crl?: string
  curve?: string
  digest?: string
}

const run = promisify(execFile)

/** `days` below 0: it has expired, and is self-signed. A certificate for these names (the first is its subject): self-signed, or signed by `issuer`, whose chain follows it. */
export async function certificateFor(
  names: string[],
  { days = 90, rsaBits, issuer, isCa = false, crl, curve = 'P-256', digest = 'sha256' }: Wish = {},
): Promise<Pair> {
  const directory = await mkdtemp(join(tmpdir(), 'certificate-'))
  const at = (name: string) => join(directory, name)
  const kind = rsaBits ? [`rsa:${rsaBits}`] : ['ec', '-pkeyopt', `ec_paramgen_curve:${curve}`]
  const alternatives = names.map((name) => (/^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(',')
  try {
    if (issuer) {
      await writeFile(at('ca.crt'), issuer.chain)
      await writeFile(at('ca.key'), issuer.key)
    }
    await run('openssl', [
      ...['req', '-x509', '-nodes', `-${digest}`, '-newkey', ...kind, '-keyout', at('key'), '-out', at('crt')],
      ...['-subj', `/CN=${names[0]}`, '-days', String(Math.abs(days)), '-addext', `subjectAltName=${alternatives}`],
      ...(issuer ? ['-CA', at('ca.crt'), '-CAkey', at('ca.key')] : []),
      ...(crl ? ['-addext', `crlDistributionPoints=URI:${crl}`] : []),
      ...(isCa ? [] : ['-addext', 'basicConstraints=critical,CA:FALSE']),
    ])
    // `req` knows no end in the past; signed again it has one.
    if (days < 0)
      await run('openssl', ['x509', '-in', at('crt'), '-signkey', at('key'), '-days', `${days}`, '-out', at('crt')])
    const chain = (await readFile(at('crt'), 'utf8')) + (issuer?.chain ?? '')
    return { chain, key: await readFile(at('key'), 'utf8') }
  } finally {
    await rm(directory, { recursive: true })
  }
}

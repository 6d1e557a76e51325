import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ControlError } from '../control-error.ts'
import { readCertificate, warningsOf } from './certificate.ts'
import { readOwnCertificate } from './own-certificate.ts'
import { Edge } from './testing/edge.ts'
import { certificateFor } from './testing/self-signed.ts'

const HOST = 'shop.example.test'
const CUSTOM = { mode: 'custom', redirect: true, hstsSeconds: 0 } as const

describe('a certificate that somebody brings', () => {
  test('is read with its names, and what browsers will not like is said', async () => {
    const pair = await certificateFor([HOST, '*.example.test', '192.0.2.1'], { days: 10 })
    const certificate = readCertificate(pair.chain, pair.key)
    expect(certificate.names).toEqual([HOST, '*.example.test', '192.0.2.1'])
    expect(warningsOf(certificate, Date.now())).toEqual([
      'It is self-signed: browsers will warn their users.',
      expect.stringMatching(/^It expires on 20/),
    ])
  })

  test('with its intermediates is fine, and without them a warning', async () => {
    const issuer = await certificateFor(['Some CA'], { isCa: true })
    const { chain, key } = await certificateFor([HOST], { issuer })
    expect(warningsOf(readCertificate(chain, key), Date.now())).toEqual([])
    const [leaf = ''] = chain.split(/(?<=END CERTIFICATE-----\n)/)
    expect(warningsOf(readCertificate(leaf, key), Date.now())).toEqual([
      'The chain has no intermediate certificates, such as of CN=Some CA: many clients will not trust it.',
    ])
    expect(() => readCertificate(issuer.chain + leaf, issuer.key)).toThrow(
      /out of order: certificate 2 .*did not issue/,
    )
  })

  test('that is of no use is refused in words', async () => {
    const [one, two] = await Promise.all([certificateFor([HOST]), certificateFor([HOST], { rsaBits: 1024 })])
    expect(() => readCertificate(one.chain, two.key)).toThrow('The key does not belong to the certificate.')
    expect(() => readCertificate(two.chain, two.key)).toThrow('The key has 1024 bits')
    expect(() => readCertificate('', one.key)).toThrow('no certificate in PEM form')
    expect(() => readCertificate(one.chain.replace(/MII/, 'AAA'), one.key)).toThrow('Certificate 1 of the chain')
    expect(() => readCertificate(one.chain, 'x')).toThrow('The key cannot be read')
    expect(() => readCertificate(one.chain, '-----BEGIN ENCRYPTED PRIVATE KEY-----')).toThrow('passphrase')
  })
})

describe('a certificate for an app', () => {
  const HOSTS = ['www.shop.test', '*.wild.test']
  const refusal = (chain: string, key: string) => {
    try {
      readOwnCertificate(chain, key, HOSTS, Date.now())
    } catch (error) {
      if (error instanceof ControlError)
        return `${error.problem.code}: ${error.problem.detail} ${error.problem.fix ?? ''}`
      throw error
    }
    return 'taken'
  }

  test('serves one of its hosts at least', async () => {
    for (const names of [['www.shop.test', 'other.test'], ['*.shop.test'], ['*.wild.test']]) {
      const pair = await certificateFor(names)
      expect(refusal(pair.chain, pair.key)).toBe('taken')
    }
    for (const names of [['www.other.test'], ['a.wild.test'], ['shop.test']]) {
      const pair = await certificateFor(names)
      expect(refusal(pair.chain, pair.key)).toBe(
        `certificate.names: The certificate is for ${names[0]}, and not for any host of this app (www.shop.test, *.wild.test). Add the host to the app first: paas domains:add HOST.`,
      )
    }
  })

  test('is of a kind and a signature that browsers and OpenSSL take', async () => {
    const issuer = await certificateFor(['Old CA'], { isCa: true })
    const [odd, sha1] = [
      await certificateFor(HOSTS, { curve: 'secp256k1' }),
      await certificateFor(HOSTS, { digest: 'sha1', issuer }),
    ]
    expect(refusal(odd.chain, odd.key)).toMatch(/Browsers do not take its kind of key \(secp256k1\)/)
    expect(refusal(sha1.chain, sha1.key)).toMatch(
      /^certificate\.invalid: Browsers do not trust its signature \(.*SHA1\)/,
    )
  })

  test('in the wrong form, or in the wrong place, comes with what to type', async () => {
    const { chain, key } = await certificateFor(HOSTS)
    const der = new X509Certificate(chain).raw.toString('utf8')
    expect(refusal(der, key)).toMatch(/binary file, and has to be in PEM form\. openssl x509 -inform der/)
    expect(refusal(chain, der)).toMatch(/key is a binary file.* openssl pkey -inform der/)
    expect(refusal(key, chain)).toMatch(/private key where the certificate should be/)
    expect(refusal(chain, chain)).toMatch(/certificate where its private key should be/)
    expect(refusal('garbage', key)).toMatch(/no certificate in PEM form/)
    expect(refusal(chain, key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'))).toMatch(/passphrase\. openssl pkey/)
  })

  test('whose issuer has another key under the same name is out of order', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => certificateFor(['Same CA'], { isCa: true })))
    if (!one || !two) throw new Error('no certificates')
    const { chain, key } = await certificateFor(HOSTS, { issuer: one })
    expect(refusal(chain, key)).toBe('taken')
    expect(refusal(chain.replace(one.chain, two.chain), key)).toMatch(
      /out of order.*Put the certificate of the site first/,
    )
  })
})

describe('certificates on disk', () => {
  test('are served after a restart, the expired one too; damaged files and wrong pairs are skipped', async () => {
    await using edge = await Edge.start()
    const [good, other] = await Promise.all([certificateFor([HOST]), certificateFor(['b.example.test'])])
    await edge.tls.put('good', { service: 'app', ...good })
    await edge.tls.put('b', { service: 'app', ...other })
    const file = (name: string) => join(edge.directory, 'certificates/custom', `${name}.json`)
    const saved = (name: string, chain: string) =>
      JSON.stringify({ schema: 1, name, source: 'custom', issuer: null, key: other.key, chain })
    const expired = await certificateFor(['old.example.test'], { days: 1 })
    await edge.tls.put('expired', { service: 'app', ...expired })
    await writeFile(file('pair'), saved('pair', good.chain))
    await writeFile(file('half'), saved('half', other.chain).slice(0, 300))
    await edge.stop()
    await using again = await Edge.start({ directory: edge.directory })
    again.clock.advance(2 * 86_400_000)
    again.serve([HOST, 'b.example.test', 'old.example.test'], {}, CUSTOM)
    for (const name of [HOST, 'b.example.test', 'old.example.test']) await again.shakeHands(name)
    expect(again.logged.filter((line) => line.includes('certificate.skipped'))).toHaveLength(2)
    expect(again.status('expired')?.alarm).toMatch(/^expired on/)
    expect(again.tls.statuses().map(({ name }) => name)).toEqual(['b', 'expired', 'good'])
  })

  test('are replaced at once, and refused again when they are removed', async () => {
    await using edge = await Edge.start()
    edge.serve([HOST], {}, CUSTOM)
    await edge.tls.put('shop', { service: 'app', ...(await certificateFor([HOST])) })
    const { certificate: first } = await edge.shakeHands(HOST)
    const { warnings } = await edge.tls.put('shop', { service: 'app', ...(await certificateFor([HOST])) })
    expect(warnings).toHaveLength(1)
    expect((await edge.shakeHands(HOST)).certificate.serialNumber).not.toBe(first.serialNumber)
    await edge.tls.remove('shop')
    await expect(edge.shakeHands(HOST)).rejects.toThrow()
    await expect(edge.tls.remove('shop')).rejects.toThrow('no certificate "shop"')
    await expect(edge.tls.put('shop', { service: 'app', chain: '', key: '' })).rejects.toThrow('PEM form')
    await expect(edge.tls.put('../x', { service: 'app', ...(await certificateFor([HOST])) })).rejects.toThrow(
      'cannot be the name',
    )
  })

  test('serve hosts of the service that they were put for, and nobody else’s', async () => {
    await using edge = await Edge.start()
    edge.serve([HOST], {}, CUSTOM)
    await edge.tls.put('evil', { service: 'another', ...(await certificateFor([HOST, '*.example.test'])) })
    await expect(edge.shakeHands(HOST)).rejects.toThrow()
    await edge.tls.put('mine', { service: 'app', ...(await certificateFor(['*.example.test'])) })
    expect((await edge.shakeHands(HOST)).certificate.subjectaltname).toBe('DNS:*.example.test')
  })
})

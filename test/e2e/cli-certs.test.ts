import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { dnsProgram } from '../../router/tls/testing/dns-program.ts'
import { Pebble } from '../../router/tls/testing/pebble.ts'
import { pebblePrograms } from '../../router/tls/testing/pebble-programs.ts'
import { certificateFor } from '../../router/tls/testing/self-signed.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { boxSettings } from '../faults/box-settings.ts'
import { freePorts } from '../free-ports.ts'
import { Person } from './person.ts'

const HOSTS = ['one.example.test', 'two.example.test', 'three.example.test'] as const
const WILDCARD = '*.apps.example.test'
const BELOW = 'shop.apps.example.test'
/** Renewed after two thirds of it, and a minute at least. */
const LIFE_SECONDS = 90

describe.skipIf(!(await pebblePrograms()))('certificates on a box with a real issuer', () => {
  let box: LocalBox
  let pebble: Pebble
  let ada: Person
  let cwd: string
  let https: number
  let root: string
  let tools: string
  const first = new Map<string, string>()

  beforeAll(async () => {
    const [http = 0, tls = 0] = await freePorts(2)
    https = tls
    pebble = await Pebble.start({ httpPort: http, tlsPort: https, validitySeconds: LIFE_SECONDS })
    root = await pebble.root()
    tools = await mkdtemp(join(tmpdir(), 'certs-'))
    const command = await dnsProgram(tools, pebble.dnsControl)
    const dns = [{ zone: 'apps.example.test', provider: 'exec', settings: { command } }]
    const acme = { issuers: [pebble.issuer], resolvers: [pebble.resolver], wildcards: [WILDCARD], dns }
    box = await LocalBox.start({
      engine: 'embedded',
      ports: { http },
      https,
      prepare: boxSettings({ acme: JSON.stringify(acme) }),
    })
    ada = await Person.owner(box)
    cwd = await ada.repository('shop')
    await ada.done('apps:create shop', { cwd })
    await ada.git(cwd, 'push', 'paas', 'main')
  })
  afterAll(async () => {
    await box?.[Symbol.asyncDispose]()
    await pebble?.[Symbol.asyncDispose]()
    await rm(tools, { recursive: true, force: true })
  })

  const certificate = async (servername: string, ca?: string): Promise<PeerCertificate> => {
    const socket = connect({
      host: '127.0.0.1',
      port: https,
      servername,
      ...(ca ? { ca } : { rejectUnauthorized: false }),
    })
    try {
      await once(socket, 'secureConnect')
      return socket.getPeerCertificate()
    } finally {
      socket.destroy()
    }
  }
  const subject = async (servername: string, ca?: string) => (await certificate(servername, ca)).subjectaltname
  const stateOf = async (host: string) => {
    const { items } = await ada.json('certs.list', ['certs'], { cwd })
    return items.find(({ name }) => name === host)?.state
  }

  test('each host of three apps gets a certificate, and plain requests are sent on to https', async () => {
    const [one, ...others] = HOSTS
    await ada.done(['domains:add', one], { cwd })
    for (const host of others) {
      const app = `app-${host.split('.')[0]}`
      await ada.done(['apps:create', app], { cwd })
      await ada.done(['domains:add', host, '-a', app], { cwd })
    }
    for (const host of HOSTS) {
      await expect.poll(() => subject(host, root).catch(() => ''), { timeout: 90_000 }).toBe(`DNS:${host}`)
      expect((await get({ port: box.ports.http, host })).status).toBe(301)
      first.set(host, (await certificate(host, root)).serialNumber)
    }
    expect(await ada.done('certs', { cwd })).toMatch(/^one\.example\.test +issued +20/m)
  })

  test('a wildcard is proved by DNS records, and a host below it needs none of its own', async () => {
    await ada.done(['domains:add', BELOW], { cwd })
    await expect.poll(() => subject(BELOW, root).catch(() => ''), { timeout: 90_000 }).toBe(`DNS:${WILDCARD}`)
    first.set(BELOW, (await certificate(BELOW, root)).serialNumber)
  })

  test('domains:check says in words why a name cannot have one', async () => {
    expect(await ada.done(['domains:check', HOSTS[0]], { cwd })).toContain('is ready')
    await pebble.dns('add-a', { host: 'away.example.test', addresses: ['192.0.2.1'] })
    await ada.done('domains:add away.example.test', { cwd })
    const { code, stderr } = await ada.paas('domains:check away.example.test', { cwd })
    expect(code).toBe(1)
    expect(stderr).toContain('192.0.2.1')
    await expect.poll(() => stateOf('away.example.test')).toBe('waiting')
  })

  test('a certificate of one’s own is served until it is removed', async () => {
    const { chain, key } = await certificateFor([HOSTS[0]])
    const [chainFile, keyFile] = [join(cwd, 'own.crt'), join(cwd, 'own.key')]
    await writeFile(chainFile, chain)
    await writeFile(keyFile, key)
    expect((await ada.paas(['certs:add', chainFile, keyFile], { cwd })).code).toBe(0)
    await expect(subject(HOSTS[0], root)).rejects.toThrow()
    expect(await subject(HOSTS[0])).toBe(`DNS:${HOSTS[0]}`)
    await ada.done('certs:remove', { cwd })
    await expect.poll(() => subject(HOSTS[0], root).catch(() => ''), { timeout: 30_000 }).toBe(`DNS:${HOSTS[0]}`)
  })

  test('a certificate that is of no use is refused with what is wrong and what to type', async () => {
    const file = async (name: string, content: string | Buffer) => {
      await writeFile(join(tools, name), content)
      return join(tools, name)
    }
    const authority = await certificateFor(['Some CA'], { isCa: true })
    const { chain, key } = await certificateFor([HOSTS[0]], { issuer: authority })
    const [leaf = ''] = chain.split(/(?<=END CERTIFICATE-----\n)/)
    const other = await certificateFor([HOSTS[1]])
    const old = await certificateFor([HOSTS[0]], { days: -1 })
    const [good, its] = [await file('good.pem', chain), await file('good.key', key)]
    const locked = createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    })
    const cases: [what: string, words: string[], says: RegExp][] = [
      ['another key', [good, await file('other.key', other.key)], /key does not belong to the certificate/],
      ['a locked key', [good, await file('locked.key', locked)], /locked with a passphrase[\s\S]*openssl pkey/],
      [
        'DER',
        [await file('leaf.der', new X509Certificate(leaf).raw), its],
        /binary file[\s\S]*openssl x509 -inform der/,
      ],
      ['garbage', [await file('garbage', 'no certificate\n'), its], /no certificate in PEM form/],
      ['the wrong order', [await file('order.pem', authority.chain + leaf), its], /does not belong|out of order/],
      ['both swapped', [its, good], /Name the certificate first, then its key/],
      ['an end in the past', [await file('old.pem', old.chain), await file('old.key', old.key)], /has expired, on 20/],
      [
        'hosts of another app',
        [await file('other.pem', other.chain), await file('other.key', other.key)],
        /domains:add/,
      ],
      ['no file', [join(tools, 'nowhere.pem'), its], /no file/],
    ]
    for (const [what, words, says] of cases) {
      const { code, stderr } = await ada.paas(['certs:add', ...words], { cwd })
      expect([what, code === 0]).toEqual([what, false])
      expect(stderr, what).toMatch(says)
      expect(stderr, what).not.toMatch(/-----|at .*\.ts/)
    }
    expect(await subject(HOSTS[0], root)).toBe(`DNS:${HOSTS[0]}`)
    const { code, stderr } = await ada.paas(['certs:add', await file('leaf.pem', leaf), its], { cwd })
    expect([code, stderr]).toEqual([0, expect.stringMatching(/no intermediate certificates, such as of CN=Some CA/)])
    await ada.done('certs:remove', { cwd })
  })

  test('a name that nobody has claimed is refused in the handshake', async () => {
    await expect(subject('stranger.example.test')).rejects.toThrow()
  })

  test('the server may be away: all are renewed before their end, the wildcard too, and served all the while', async () => {
    await box.stopServer('SIGKILL')
    expect((await get({ port: box.ports.http, host: HOSTS[2] })).status).toBe(301)
    const waiting = new Map(first)
    const deadline = Date.now() + LIFE_SECONDS * 1_000
    while (waiting.size > 0 && Date.now() < deadline) {
      for (const [host, serial] of waiting) {
        // Rejects where the old one has run out.
        if ((await certificate(host, root)).serialNumber !== serial) waiting.delete(host)
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect([...waiting.keys()]).toEqual([])
    await box.startServer()
    await expect.poll(() => stateOf(HOSTS[0])).toBe('issued')
  }, 200_000)
})

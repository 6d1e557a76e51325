import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Acme } from '../server/contract/acme.ts'
import { TestDesk } from './test-desk.ts'

const BOX = {
  baseDomain: 'localhost',
  platformHost: 'paas.localhost',
  bootTimeout: 60,
  monitor: 0.5,
  trustedProxies: [],
  proxyProtocol: false,
  httpProxy: null,
  httpsProxy: null,
  noProxy: [],
  certificates: null,
}
const LETS_ENCRYPT = {
  name: 'Let’s Encrypt',
  directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
  profile: null,
  challenge: 'http-01',
  trustedCa: null,
} as const
const OWN = { ...LETS_ENCRYPT, name: 'ca.example.test', directoryUrl: 'https://ca.example.test/dir' }
const ACME: Acme = {
  enabled: false,
  issuers: [
    { ...LETS_ENCRYPT, eabKeyId: null },
    { ...OWN, eabKeyId: 'k1', profile: 'shortlived' },
  ],
  email: null,
  wildcards: ['*.apps.example.test'],
  dns: [{ zone: 'example.test', provider: 'cloudflare', settings: ['token'] }],
  addresses: [],
  resolvers: [],
}

const desk = new TestDesk(() => ({
  'box.settings': () => ({ settings: BOX, defaults: BOX }),
  'box.update': () => ({ settings: { ...BOX, baseDomain: 'apps.example.test' }, defaults: BOX }),
  'acme.settings': () => ACME,
  'acme.update': () => ACME,
  'acme.putZone': () => ACME,
  'acme.removeZone': () => null,
}))

const { paas } = desk

describe('the box', () => {
  test('shows its settings as one types them', async () => {
    for (const line of ['box:settings', 'box settings', 'box']) {
      expect((await paas(line)).stdout).toMatch(
        /^SETTING +VALUE +DEFAULT\nbase-domain +localhost +localhost\n(?:.+\n)*monitor +0.5s +0.5s\ntrusted-proxies +none/,
      )
    }
  })

  test('is changed, and a new domain is said to need DNS', async () => {
    const { code, stderr } = await paas('box:set base-domain=apps.example.test boot-timeout=2m proxy-protocol=on')
    expect(desk.box.requestsOf('box.update').at(-1)?.body).toEqual({
      baseDomain: 'apps.example.test',
      bootTimeout: 120,
      proxyProtocol: true,
    })
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('*.apps.example.test') })
    await paas('box:set trusted-proxies=10.0.0.0/8,192.0.2.1 platform-host=default')
    expect(desk.box.requestsOf('box.update').at(-1)?.body).toEqual({
      trustedProxies: ['10.0.0.0/8', '192.0.2.1'],
      platformHost: null,
    })
    expect((await paas('box:set base_domain=x')).stderr).toContain('Did you mean base-domain?')
  })
})

describe('certificates', () => {
  const sent = () => desk.box.requestsOf('acme.update').at(-1)?.body

  test('are shown as they are ordered', async () => {
    const { stdout, stderr } = await paas('certs:settings')
    expect(stdout).toMatch(
      /^Issuer: +Let’s Encrypt, by http-01\nThen: +ca.example.test, by http-01, profile shortlived/,
    )
    expect(stdout).toMatch(/^DNS: +example.test at cloudflare \(token\)$/m)
    expect(stderr).toContain('no TLS port')
  })

  test.each([
    ['email=ops@example.test issuer=staging', { email: 'ops@example.test', issuers: ['staging'] }],
    ['issuer=default', { issuers: null }],
    [
      'issuer=letsencrypt,https://new.example.test/dir',
      {
        issuers: ['letsencrypt', { ...OWN, name: 'new.example.test', directoryUrl: 'https://new.example.test/dir' }],
      },
    ],
    ['issuer=https://ca.example.test/dir', { issuers: [{ ...OWN, profile: 'shortlived' }] }],
    [
      'challenge=tls-alpn-01 profile=default',
      {
        issuers: [
          { ...LETS_ENCRYPT, challenge: 'tls-alpn-01' },
          { ...OWN, challenge: 'tls-alpn-01' },
        ],
      },
    ],
    [
      'wildcards=none resolvers=192.0.2.53,192.0.2.54:53',
      { wildcards: [], resolvers: ['192.0.2.53', '192.0.2.54:53'] },
    ],
  ])('certs:set %s', async (pairs, body) => {
    expect((await paas(`certs:set ${pairs}`)).code).toBe(0)
    expect(sent()).toEqual(body)
  })

  test('may be of an issuer with an authority of its own', async () => {
    const file = join(desk.cli.work, 'ca.pem')
    await writeFile(file, '-----BEGIN CERTIFICATE-----\n')
    await paas(`certs:set issuer=https://ca.example.test/dir trusted-ca=${file}`)
    expect(sent()).toMatchObject({ issuers: [{ trustedCa: '-----BEGIN CERTIFICATE-----\n' }] })
  })

  test('are not asked of what is no issuer', async () => {
    const { code, stderr } = await paas('certs:set issuer=letsencript')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('letsencrypt, staging') })
    expect(desk.box.requestsOf('acme.update')).toEqual([])
  })

  test('an account goes to its issuer, its key from standard input alone', async () => {
    await paas('certs:eab kid-2 --issuer ca.example.test --hmac-stdin', 'aGV4\n')
    expect(sent()).toEqual({
      issuers: [LETS_ENCRYPT, { ...OWN, profile: 'shortlived', eab: { keyId: 'kid-2', hmacKey: 'aGV4' } }],
    })
    await paas('certs:eab -')
    expect(sent()).toMatchObject({ issuers: [{ eab: null }, { name: 'ca.example.test' }] })
    expect((await paas('certs:eab kid-2 --issuer nobody --hmac-stdin', 'x')).code).toBe(2)
    expect((await paas('certs:eab kid-2')).stderr).toContain('--hmac-stdin')
  })

  test('a DNS provider gets its secret from standard input or the terminal, never from the command line', async () => {
    await paas('certs:dns:add example.test cloudflare --secret-stdin', 'TOKEN\n')
    const request = () => desk.box.requestsOf('acme.putZone').at(-1)
    expect(request()).toMatchObject({
      params: { zone: 'example.test' },
      body: { provider: 'cloudflare', settings: { token: 'TOKEN' } },
    })
    const keys = { after: 'The key-secret of rfc2136: ', keys: 'c2VjcmV0\r' }
    const words = 'certs:dns:add example.test rfc2136 server=192.0.2.53 key-name=paas'
    const { code, stdout } = await desk.cli.runOnTerminal(words.split(' '), keys)
    expect({ code, shown: stdout.includes('c2VjcmV0') }).toEqual({ code: 0, shown: false })
    expect(request()?.body).toEqual({
      provider: 'rfc2136',
      settings: { server: '192.0.2.53', keyName: 'paas', keySecret: 'c2VjcmV0' },
    })
    for (const wrong of ['cloudflare token=TOKEN', 'rfc2136 port=53', 'exec command=/bin/sh', 'cloudflare']) {
      expect((await paas(`certs:dns:add example.test ${wrong}`)).code).toBe(2)
    }
    expect(desk.box.requestsOf('acme.putZone')).toHaveLength(2)
    expect((await paas('certs:dns:remove example.test')).code).toBe(0)
  })
})

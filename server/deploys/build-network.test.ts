import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BuildNetwork } from './build-network.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'build-network-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const NOTHING = { httpProxy: null, httpsProxy: null, noProxy: [], certificates: null }
const network = (settings: Partial<typeof NOTHING> | object, bundle: string | null = null) =>
  new BuildNetwork({ settings: () => ({ ...NOTHING, ...settings }), bundle, sourceHosts: ['10.0.0.1'], directory })

function authority(): { file: string; pem: string } {
  const file = join(directory, 'own.pem')
  const key = ['-keyout', join(directory, 'key.pem'), '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  execFileSync('openssl', ['req', '-x509', '-subj', '/CN=own', ...key, '-out', file], { stdio: 'pipe' })
  return { file, pem: readFileSync(file, 'utf8') }
}

test('a box without settings gives builds nothing', () => {
  expect(network({}).certificates()).toBeNull()
  expect(network({}).variables()).toEqual({})
  expect(network({ noProxy: ['example.com'] }).variables()).toEqual({})
})

test('authorities of the box stand beside the public ones, each once, in less than an engine takes', () => {
  const { file, pem } = authority()
  const made = network({ certificates: pem }, file).certificates()
  const text = readFileSync(made ?? '', 'utf8')
  expect(text.split(pem.trim())).toHaveLength(2)
  expect(text).toContain(rootCertificates[0]?.trim())
  const all = network({ certificates: [...rootCertificates, pem].join('\n') }).certificates() ?? ''
  expect(statSync(all).size).toBeLessThan(500_000)
})

test('proxies come in both spellings, and the machine itself is never behind one', () => {
  const proxied = network({ httpsProxy: 'http://proxy.test:3128', noProxy: ['.internal.test', 'localhost'] })
  const noProxy = 'localhost,127.0.0.1,::1,.internal.test'
  expect(proxied.variables()).toEqual({
    HTTPS_PROXY: 'http://proxy.test:3128',
    https_proxy: 'http://proxy.test:3128',
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  })
  expect(proxied.fetching()).toMatchObject({ proxy: 'http://proxy.test:3128', privateHosts: ['10.0.0.1'] })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

test('authorities of the settings and of the environment come as one file, and those of one of them alone', () => {
  const { file, pem } = authority()
  expect(network({}, file).certificates()).toBe(file)
  const other = pem.replaceAll('own', 'other')
  const read = (bundle: string | null) =>
    readFileSync(network({ certificates: other }, bundle).certificates() ?? '', 'utf8')
  expect(read(file)).toContain(pem)
  expect(read(file)).toContain(other)
  expect(read(null).trim()).toBe(other.trim())
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

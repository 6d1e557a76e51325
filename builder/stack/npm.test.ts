import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findNpm } from './npm.ts'
import { downloadNpm } from './npm-download.ts'

let directory: string
let server: Server
let certificate: Buffer
let tarball: Buffer
let url: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'npm-'))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=registry', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject], { stdio: 'pipe' })
  certificate = readFileSync(cert)
  mkdirSync(join(directory, 'package/bin'), { recursive: true })
  writeFileSync(join(directory, 'package/bin/npm-cli.js'), '#!/usr/bin/env node', { mode: 0o755 })
  tarball = execFileSync('tar', ['cz', '-C', directory, 'package'])
  server = createServer({ key: readFileSync(key), cert: certificate }, (request, response) => {
    response.writeHead(request.url === '/npm.tgz' ? 200 : 404).end(tarball)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/npm.tgz`
})
afterAll(() => {
  server.close()
  rmSync(directory, { recursive: true })
})

async function download(options: { url?: string; integrity?: string; certificates?: Buffer | null } = {}) {
  const integrity = options.integrity ?? createHash('sha512').update(tarball).digest('base64')
  const { signal } = new AbortController()
  const certificates = options.certificates === undefined ? certificate : options.certificates
  const files = []
  for await (const file of downloadNpm(certificates, signal, { url: options.url ?? url, integrity })) files.push(file)
  return files
}

test('npm is taken from its tarball, checked, with the authorities of the machine', async () => {
  expect(await download()).toEqual([
    { path: 'npm/bin/npm-cli.js', content: Buffer.from('#!/usr/bin/env node'), mode: 0o755 },
  ])
})

test('another file than the expected one is refused', async () => {
  await expect(download({ integrity: 'x' })).rejects.toMatchObject({ code: 'stack.npm-unavailable', retryable: true })
})

test('a registry that is not trusted, or has no such file, is told with the reason', async () => {
  await expect(download({ certificates: null })).rejects.toThrow(/self-signed certificate/)
  await expect(download({ url: url.replace('npm.tgz', 'gone.tgz') })).rejects.toThrow('answered 404')
})

function installed(version: string, complete: boolean): string {
  const place = mkdtempSync(join(directory, 'npm-'))
  writeFileSync(join(place, 'package.json'), JSON.stringify({ version }))
  if (complete) mkdirSync(join(place, 'node_modules/@npmcli/arborist'), { recursive: true })
  return place
}

test("the machine's npm is used where it is complete and new enough", () => {
  const [old, split, good] = [installed('10.9.0', true), installed('11.0.0', false), installed('11.19.1', true)]
  expect(findNpm(['/nonexistent', old, split, good])).toBe(good)
  expect(findNpm([old, split])).toBeUndefined()
})

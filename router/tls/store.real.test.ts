import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { readCertificate } from './certificate.ts'
import { CertificateStore } from './store.ts'
import { certificateFor } from './testing/self-signed.ts'

const NAME = 'shop.example.test'
const WRITER = `
  const { CertificateStore } = await import(process.argv[1])
  const { readCertificate } = await import(process.argv[2])
  const store = new CertificateStore(process.argv[3], { error() {} })
  const pairs = JSON.parse(process.argv[4])
  for (let at = 0; ; at++) {
    const { chain, key } = pairs[at % pairs.length]
    await store.save({ name: '${NAME}', source: 'auto', service: null, issuer: null, certificate: readCertificate(chain, key) })
    if (at === 0) process.stdout.write('saved')
  }`

test('a certificate that is replaced while its writer is killed is the old one or the new one, with its own key', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'store-'))
  const pairs = [await certificateFor([NAME]), await certificateFor([NAME])]
  const modules = ['./store.ts', './certificate.ts'].map((name) => new URL(name, import.meta.url).href)
  const complaints: string[] = []
  const store = new CertificateStore(
    directory,
    createLog('error', (line) => void complaints.push(line)),
  )
  const keys = pairs.map(({ chain, key }) => readCertificate(chain, key).key)
  for (let kills = 0; kills < 10; kills++) {
    const words = ['--input-type=module', '-e', WRITER, ...modules, directory, JSON.stringify(pairs)]
    const writer = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(writer.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 7 * kills))
    writer.kill('SIGKILL')
    await once(writer, 'exit')
    // Reading checks that key and certificate belong together.
    const stored = await store.load('auto', NAME)
    expect(keys).toContain(stored?.certificate.key)
  }
  const names: string[] = []
  for await (const { name } of store.all()) names.push(name)
  expect(names).toEqual([NAME])
  expect(complaints).toEqual([])
  await rm(directory, { recursive: true })
})

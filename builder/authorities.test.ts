import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { expect, test } from 'vitest'
import { authoritiesOf } from './authorities.ts'
import { BuildFixture, scripts } from './build-fixture.ts'

function authority(box: BuildFixture): { file: string; pem: string } {
  const file = box.directory.join('own.pem')
  const key = ['-keyout', box.directory.join('key.pem'), '-nodes', '-newkey', 'ec']
  const curve = ['-pkeyopt', 'ec_paramgen_curve:P-256']
  execFileSync('openssl', ['req', '-x509', '-subj', '/CN=own', ...key, ...curve, '-out', file], { stdio: 'pipe' })
  return { file, pem: readFileSync(file, 'utf8') }
}

test("the machine's own authorities stand beside the public ones, each once, in less than an engine takes", async () => {
  using box = new BuildFixture()
  const { file, pem } = authority(box)
  writeFileSync(file, [...rootCertificates, pem, pem].join('\n'))
  const made = authoritiesOf(await box.request({}, { certificateBundle: file }))
  const text = readFileSync(made.file ?? '', 'utf8')
  expect(text.split(pem.trim())).toHaveLength(2)
  expect(text).toContain(rootCertificates[0]?.trim())
  expect(statSync(made.file ?? '').size).toBeLessThan(500_000)
  await made[Symbol.asyncDispose]()
  expect(existsSync(made.file ?? '')).toBe(false)
})

test('a build step trusts both, and a box without authorities of its own names none', async () => {
  using box = new BuildFixture()
  const { file } = authority(box)
  const app = { ...scripts('grep -c BEGIN "$SSL_CERT_FILE"'), 'server.js': '' }
  expect(await box.build(app, { certificateBundle: file })).toMatchObject({ type: 'done' })
  expect(box.text).toContain(`\n${rootCertificates.length + 1}\n`)
  using other = new BuildFixture()
  expect(authoritiesOf(await other.request(app)).file).toBeNull()
})

test('a bundle that is not there is told with the setting that names it', async () => {
  using box = new BuildFixture()
  expect(await box.build({}, { certificateBundle: '/nowhere/own.pem' })).toMatchObject({
    type: 'failed',
    code: 'certificates.unreadable',
    fix: expect.stringContaining('PAAS_CERTIFICATE_BUNDLE'),
  })
})

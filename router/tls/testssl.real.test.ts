import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RouterClient } from '../client.ts'
import { Origin } from '../testing/origin.ts'
import { Program } from '../testing/program.ts'
import { service, target } from '../testing/rig.ts'
import { visit } from '../testing/visitor.ts'
import { certificateFor } from './testing/self-signed.ts'

const HOST = 'shop.example.test'
/** Alone on a machine it takes half a minute. */
const LIMIT_MS = 400_000
const PASSED = ['OK', 'INFO', 'LOW']
/** Of an authority made for the test: it publishes no revocation lists and asks DNS for nothing. */
const OF_THE_TEST = ['DNS_CAArecord', 'engine_problem']
/** Says whether visitors may come back quickly; on a busy machine it gives up waiting for its own client. */
const NO_VERDICT = 'sessionresumption'

type Finding = { id: string; severity: string; finding: string }

/** Of Debian's package `testssl.sh`, which scripts/test installs. */
const there = await isThere('testssl')
if (!there) process.stderr.write('SKIPPED: testssl, which is not installed (Debian: testssl.sh).\n')

test.skipIf(!there)(
  'testssl.sh finds nothing above LOW on the default configuration',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'testssl-'))
    // Headers against framing and sniffing are the app's to send: the router does not know what its pages need.
    const headers = { 'x-content-type-options': 'nosniff', 'content-security-policy': "frame-ancestors 'none'" }
    await using app = await Origin.start((_request, response) => response.writeHead(200, headers).end('hello'))
    await using router = await Program.start(directory, { PAAS_ROUTER_HTTPS_PORT: '0' })
    const authority = await certificateFor(['Authority of the test'], { isCa: true })
    // The address is for those checks that name no host.
    const leaf = await certificateFor([HOST, '127.0.0.1'], {
      issuer: authority,
      crl: 'http://crl.example.test/list',
    })
    const client = new RouterClient(router.socket)
    const tls = { mode: 'custom', redirect: true, hstsSeconds: 31_536_000 } as const
    const services = [service({ hosts: [HOST, '127.0.0.1'], targets: [target(app.port)], tls })]
    await client.put({ version: 1, engineBootId: 'engine', services })
    await client.putCertificate('shop', { service: 'app', chain: leaf.chain, key: leaf.key })
    await writeFile(join(directory, 'authority.pem'), authority.chain)

    const findings = await testssl(router.httpsPort, directory)
    const bad = findings
      .filter(({ severity, id }) => !PASSED.includes(severity) && !OF_THE_TEST.includes(id))
      .filter(({ severity, id }) => severity !== 'WARN' || !id.startsWith(NO_VERDICT))
    expect(bad).toEqual([])
    const said = (id: string) => findings.find((finding) => finding.id.startsWith(id))
    expect([said('TLS1_3')?.severity, said('heartbleed')?.severity, said('secure_client_renego')?.severity]).toEqual([
      'OK',
      'OK',
      'OK',
    ])
    expect((await visit(router.port, { host: HOST })).status).toBe(301)
    await rm(directory, { recursive: true })
  },
  LIMIT_MS + 30_000,
)

/** Rejects with the end of what it printed when it does not come to its end in time. */
async function testssl(port: number, directory: string): Promise<Finding[]> {
  const report = join(directory, 'report.json')
  const timeouts = ['--openssl-timeout', '20', '--connect-timeout', '20']
  const checks = [
    '--protocols',
    '--std',
    '--fs',
    '--server-preference',
    '--server-defaults',
    '--headers',
    '--vulnerable',
  ]
  const trust = ['--add-ca', join(directory, 'authority.pem')]
  const quiet = ['--ip=127.0.0.1', '--warnings', 'off', '--quiet', '--color', '0', '--jsonfile', report]
  const child = spawn('testssl', [...quiet, ...timeouts, ...checks, ...trust, `${HOST}:${port}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(LIMIT_MS),
    killSignal: 'SIGTERM',
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (printed += part))
  await once(child, 'close').catch((error: unknown) => {
    throw new Error(`testssl did not end: ${printed.slice(-1_000)}`, { cause: error })
  })
  return JSON.parse(await readFile(report, 'utf8')) as Finding[]
}

async function isThere(program: string): Promise<boolean> {
  const child = spawn(program, ['--version'], { stdio: 'ignore' })
  return once(child, 'close').then(
    () => true,
    () => false,
  )
}

import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RouterClient } from '../client.ts'
import { DEFAULT_HEALTH_CHECK, DEFAULT_TIMEOUTS } from '../contract/table.ts'
import { type Case, cases, complaint, firstStatus, type Outcome, send, type Way } from '../testing/corpus.ts'
import { Program } from '../testing/program.ts'
import { RecordingOrigin } from '../testing/recording-origin.ts'
import { service, target } from '../testing/rig.ts'
import { certificateFor } from '../tls/testing/self-signed.ts'

const TLS = { mode: 'custom', redirect: false, hstsSeconds: 0 } as const
/** A program gives heads 10 s. */
const PATIENCE_MS = 25_000
const WORKERS = ['1', '2'] as const

const outcomes = new Map<string, Outcome>()
const ways = new Map<string, Way>()
const programs: Program[] = []
let origin: RecordingOrigin
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'router-'))
  origin = await RecordingOrigin.start()
  for (const workers of WORKERS) await start(workers)
  const all = [...ways].flatMap(([name, way]) => cases.map((item) => [name, way, item] as const))
  await Promise.all(all.map(async ([name, way, item]) => outcomes.set(`${name} ${item.id}`, await send(item, way))))
}, 120_000)
afterAll(async () => {
  for (const program of programs) await program[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, maxRetries: 5 })
})

async function start(workers: string): Promise<void> {
  const own = join(directory, workers)
  const program = await Program.start(own, { PAAS_ROUTER_WORKERS: workers, PAAS_ROUTER_HTTPS_PORT: '0' })
  programs.push(program)
  const client = new RouterClient(program.socket)
  const timeouts = { ...DEFAULT_TIMEOUTS, firstByteMs: 10_000, idleMs: 10_000 }
  const app = service({ hosts: ['*.case.test'], targets: [target(origin.port)], timeouts, tls: TLS })
  const probe = { service: 'app', targets: app.targets, healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 10_000 }
  await client.probe(probe)
  await client.put({ version: 1, engineBootId: 'engine', services: [app] })
  await client.putCertificate('cases', { service: 'app', ...(await certificateFor(['*.case.test'])) })
  const { port, httpsPort } = program
  const openTls = (servername: string, opened: () => void): Socket =>
    connectTls({ host: '127.0.0.1', port: httpsPort, servername, rejectUnauthorized: false }, opened)
  const plain = (_host: string, opened: () => void) => connect(port, '127.0.0.1', opened)
  ways.set(`plain, ${workers}`, { prefix: `p${workers}`, open: plain, origin, patienceMs: PATIENCE_MS })
  ways.set(`tls, ${workers}`, { prefix: `t${workers}`, open: openTls, origin, patienceMs: PATIENCE_MS })
}

describe.each(WORKERS.flatMap((workers) => [`plain, ${workers}`, `tls, ${workers}`]))(
  'raw requests that others got wrong, to the program: %s',
  (way) => {
    test.each(cases.map((item) => [item.id, item.name, item] as const))('%s %s', (id, _name, item) => {
      expect(complaint(item, outcomes.get(`${way} ${id}`) as Outcome)).toBeNull()
    })

    test('leave the router serving', async () => {
      const good = cases.find(({ name }) => name === 'llhttp sample: curl GET') as Case
      expect(await firstStatus(good, ways.get(way) as Way)).toBe(200)
    })
  },
)

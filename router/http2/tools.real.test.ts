import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RouterClient } from '../client.ts'
import { Origin } from '../testing/origin.ts'
import { Program } from '../testing/program.ts'
import { service, target } from '../testing/rig.ts'
import { certificateFor } from '../tls/testing/self-signed.ts'

/** A name that every machine resolves to itself. */
const HOST = 'localhost'
const BODY = randomBytes(3_000_000)
const LONGEST_OUTPUT = 64 * 1024 * 1024

const run = promisify(execFile)
let directory: string
let app: Origin
let program: Program
let url: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'router-'))
  app = await Origin.start(async (request, response) => {
    const hash = createHash('sha256')
    for await (const part of request) hash.update(part as Buffer)
    response.setHeader('x-hash', hash.digest('hex'))
    response.end(request.url === '/large' ? BODY : 'hello')
  })
  program = await Program.start(directory, { PAAS_ROUTER_HTTPS_PORT: '0' })
  const client = new RouterClient(program.socket)
  const tls = { mode: 'custom', redirect: false, hstsSeconds: 0 } as const
  const services = [service({ hosts: [HOST], targets: [target(app.port)], tls })]
  await client.put({ version: 1, engineBootId: 'engine', services })
  await client.putCertificate('own', { service: 'app', ...(await certificateFor([HOST])) })
  url = `https://${HOST}:${program.httpsPort}`
})
afterAll(async () => {
  await program[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

async function nghttp(...args: string[]): Promise<string> {
  const { stdout } = await run('nghttp', ['-y', ...args], { encoding: 'latin1', maxBuffer: LONGEST_OUTPUT })
  return stdout
}

test('nghttp gets a body through windows of any size, with padding of its own', async () => {
  for (const args of [[], ['-w14'], ['-W16', '-w16'], ['-b255'], ['--no-dep']]) {
    const body = await nghttp(...args, `${url}/large`)
    expect(Buffer.from(body, 'latin1').equals(BODY)).toBe(true)
  }
})

test('nghttp sends a body, as one and with trailers', async () => {
  const file = join(directory, 'body')
  await writeFile(file, BODY)
  const hash = createHash('sha256').update(BODY).digest('hex')
  for (const args of [[], ['--no-content-length'], ['--no-content-length', '--trailer', 'x-check: 1']]) {
    expect(await nghttp('-v', '-d', file, ...args, `${url}/`)).toContain(hash)
  }
})

test('h2load has all its requests answered, of both sizes, and none fails', async () => {
  for (const [count, path] of [
    [4_000, '/'],
    [200, '/large'],
  ] as const) {
    const { stdout } = await run('h2load', ['-t1', '-c8', '-m20', `-n${count}`, `${url}${path}`])
    expect(stdout).toContain('Application protocol: h2')
    expect(stdout).toMatch(new RegExp(`requests: ${count} total, .* ${count} succeeded, 0 failed, 0 errored`))
    expect(stdout).toContain(`status codes: ${count} 2xx`)
  }
})

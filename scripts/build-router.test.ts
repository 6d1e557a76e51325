import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paas-router-bundle-'))
  await run(process.execPath, [join(import.meta.dirname, 'build-router.ts'), '--directory', directory])
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function start(environment: Record<string, string> = {}): Promise<{ router: ChildProcess; http: number }> {
  const router = spawn(process.execPath, [join(directory, 'main.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PAAS_ROUTER_HTTP_HOST: '127.0.0.1',
      PAAS_ROUTER_HTTP_PORT: '0',
      PAAS_ROUTER_STATE: join(directory, 'state'),
      PAAS_ROUTER_LOG_LEVEL: 'error',
      ...environment,
    },
  })
  const [line] = await once(createInterface({ input: router.stdout as Readable }), 'line')
  return { router, ...(JSON.parse(String(line)) as { http: number }) }
}

async function stop(router: ChildProcess): Promise<unknown> {
  router.kill('SIGTERM')
  const [code] = await once(router, 'exit')
  return code
}

test('the router in one file starts where nothing else is', async () => {
  const { router, http } = await start({ PAAS_ROUTER_HTTPS_PORT: '0' })
  expect((await fetch(`http://127.0.0.1:${http}/`)).status).toBe(404)
  expect(await stop(router)).toBe(0)
})

test('its idle memory stays within 60 MB with a warm compile cache', async () => {
  const environment = { NODE_COMPILE_CACHE: join(directory, 'cache') }
  await stop((await start(environment)).router)
  const { router } = await start(environment)
  const status = await readFile(`/proc/${router.pid}/status`, 'utf8')
  await stop(router)
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1])
  expect(kilobytes / 1024).toBeLessThan(60)
})

test('the process that speaks with issuers is one file as well', async () => {
  const issuer = spawn(process.execPath, [join(directory, 'issuer.mjs'), directory], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let complaints = ''
  issuer.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  issuer.disconnect()
  await once(issuer, 'exit')
  expect(complaints).toBe('')
})

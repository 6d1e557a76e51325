import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { BuildFixture } from '../builder/build-fixture.ts'
import { listening, stop } from './local-process.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '..')
/** For a machine that has much else to do. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let directory: string
let environment: Record<string, string>
const started: ChildProcess[] = []

/** Within the repository, because the bundles ask for packages by their names. */
beforeAll(async () => {
  await mkdir(join(ROOT, 'dist'), { recursive: true })
  directory = await mkdtemp(join(ROOT, 'dist', 'test-'))
  environment = {
    PAAS_DATA: join(directory, 'data'),
    PAAS_ENGINE: 'embedded',
    PAAS_API_PORT: '0',
    PAAS_SSH_HOST: '127.0.0.1',
    PAAS_SSH_PORT: '0',
    PATH: process.env['PATH'] ?? '',
    NODE_COMPILE_CACHE: join(directory, 'cache'),
  }
  await run(process.execPath, [join(import.meta.dirname, 'build-server.ts'), '--directory', directory])
  await run(process.execPath, [join(directory, 'main.cjs'), 'init'], { env: environment })
})
afterAll(async () => {
  await Promise.all(started.map((server) => stop(server, 'SIGKILL')))
  await rm(directory, { recursive: true, force: true })
})

async function start(): Promise<{ server: ChildProcess; url: string }> {
  const args = ['--max-semi-space-size=4', join(directory, 'main.cjs')]
  const server = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'ignore'] })
  started.push(server)
  const { api } = await listening<{ api: number }>(server, 'server')
  return { server, url: `http://127.0.0.1:${api}` }
}

test('the server in one file makes its database, starts and says which version it is', async () => {
  const { server, url } = await start()
  const hello = await (await fetch(`${url}/api/v1/`)).json()
  await stop(server, 'SIGTERM')
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  expect(hello).toEqual({ name: 'paas', version, claimed: false })
  expect(server.exitCode).toBe(0)
})

test('its idle memory stays within 105 MB with a warm compile cache', async () => {
  await stop((await start()).server, 'SIGTERM')
  const { server } = await start()
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  await stop(server, 'SIGTERM')
  expect(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024).toBeLessThan(105)
})

test('each place that they read from is that of a source file', async () => {
  for (const name of ['main.cjs', 'builder.cjs']) {
    const bundle = await readFile(join(directory, name), 'utf8')
    const files = [...bundle.matchAll(/sourceFile\("([^"]+\.ts)"\)/g)].map((match) => match[1] ?? '')
    expect(files.length).toBeGreaterThan(1)
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
    expect(bundle).not.toContain('import_meta')
  }
})

test('the builder in one file beside it builds what needs a file of a buildpack', async () => {
  using box = new BuildFixture()
  const program = join(directory, 'builder.cjs')
  expect(await readFile(join(directory, 'main.cjs'), 'utf8')).toContain(`"${basename(program)}"`)
  const builder = spawn(process.execPath, [program, 'directory'], {
    detached: true,
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  builder.stdin.write(`${JSON.stringify(await box.request({ 'index.html': 'hello' }))}\n`)
  const events = (await text(builder.stdout)).trim().split('\n')
  expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ type: 'done', image: box.directory.join('images', 'bld_1') })
})

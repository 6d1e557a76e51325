import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { get } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { runCommand } from '../../scripts/run-command.ts'
import type { SampleApp } from '../../scripts/sample-app.ts'
import { testEngines } from '../engines.ts'
import { boxSettings } from './box-settings.ts'
import { ownApp, rewrite } from './own-app.ts'

const SERVER = `
require('http').createServer((q, r) => {
  if (q.url === '/crash') process.exit(1)
  r.end(process.env.API_KEY)
}).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit())
`
const package_ = (build: string) => ({ name: 'x', scripts: { start: 'node server.js', build } })
const TELL = 'echo "the key is $API_KEY"; node -e "console.error(process.env.API_KEY)"'

/** One secret, through everything that a config var goes through; then it is looked for wherever it must not be. */
describe.each(testEngines())('a config var is seen by nobody but the app, on %s', (engine) => {
  const secret = `canary-${randomBytes(16).toString('hex')}`
  let box: LocalBox
  let app: SampleApp
  let said = ''
  let watch: ArgumentWatch

  beforeAll(async () => {
    watch = new ArgumentWatch(secret)
    box = await LocalBox.start({
      engine,
      environment: { PAAS_LOG_LEVEL: 'debug' },
      prepare: boxSettings({ monitor_ms: 500 }),
    })
    const api = box.client()
    const params = { app: 'shop' }
    await api.call('apps.create', { body: { name: 'shop' } })
    await api.call('config.update', { params, body: { vars: { API_KEY: secret } } })
    app = await ownApp(box, 'shop', { 'package.json': package_(TELL), 'server.js': SERVER })
    said += (await app.push()).stderr
    expect(await answer()).toBe(secret)
    await rewrite(app, { 'package.json': package_(`${TELL}; exit 3`) })
    said += (await app.push()).stderr
    await get({ port: box.ports.http, host: 'shop.localhost', path: '/crash' }).catch(() => undefined)
    await api.call('runs.create', { params, body: { command: ['sleep 1'], tty: null, detached: true } })
    await api.call('config.update', { params, body: { vars: { OTHER: 'one' } } })
    await vi.waitUntil(async () => (await answer()) === secret, { timeout: 60_000, interval: 100 })
  })

  afterAll(async () => {
    watch.stop()
    await box[Symbol.asyncDispose]()
  })

  test('what a build prints of it is blotted out, in the push and in the kept output', async () => {
    expect(said).toMatch(/the key is (?!canary)\S+/)
    expect(said).not.toContain(secret)
    const { items } = await box.client().call('builds.list', { params: { app: 'shop' } })
    expect(items).toHaveLength(2)
    for (const { id } of items) {
      const lines: string[] = []
      const params = { app: 'shop', build: id }
      for await (const { text } of box.client().stream('builds.output', { params })) lines.push(text)
      expect(lines.length).toBeGreaterThan(3)
      expect(lines.join('\n')).not.toContain(secret)
    }
  })

  test('no file of the box holds it: state, logs, sources, images', () => {
    const files = filesBelow(box.data)
    expect(files.filter((file) => holds(file, box.token))).toEqual([join(box.data, 'user', 'token')])
    expect(files.filter((file) => holds(file, secret))).toEqual([])
  })

  test('no process was given it as an argument', () => {
    expect(watch.looked).toBeGreaterThan(20)
    expect(watch.seen).toEqual([])
  })

  test('the API tells it to nobody who does not ask for the config vars', async () => {
    const api = box.client()
    const params = { app: 'shop' }
    const answers = await Promise.all([
      api.call('apps.info', { params }),
      api.call('releases.list', { params }),
      api.call('builds.list', { params }),
      api.call('runs.list', { params }),
      api.call('instances.list', { params }),
      api.call('activity.list', { params }),
    ])
    expect(JSON.stringify(answers)).toContain('API_KEY')
    expect(JSON.stringify(answers)).not.toContain(secret)
  })

  test.runIf(engine === 'docker')('the image holds it neither in its history nor in its settings', async () => {
    const { stdout } = await runCommand('docker', ['image', 'ls', '-q', '--filter', 'reference=paas/*'])
    const images = [...new Set(stdout.split('\n').filter((id) => id !== ''))]
    expect(images.length).toBeGreaterThan(0)
    const inspected = await runCommand('docker', ['image', 'inspect', ...images])
    expect(inspected.stdout).not.toContain(secret)
    for (const image of images) {
      const history = await runCommand('docker', ['history', '--no-trunc', image], { allowFailure: true })
      expect(history.stdout).not.toContain(secret)
    }
  })

  async function answer(): Promise<string> {
    return (await get({ port: box.ports.http, host: 'shop.localhost' })).body
  }
})

/** Looks at the arguments of every process of the machine, all the time. */
class ArgumentWatch {
  readonly seen: string[] = []
  looked = 0
  readonly #timer: NodeJS.Timeout

  constructor(secret: string) {
    this.#timer = setInterval(() => this.#look(secret), 50)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(secret: string): void {
    this.looked += 1
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const text = contentOf(`/proc/${pid}/cmdline`).toString()
      if (text.includes(secret)) this.seen.push(text.replaceAll('\0', ' ').replaceAll(secret, '<the secret>'))
    }
  }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function holds(file: string, secret: string): boolean {
  const content = contentOf(file)
  return content.includes(secret) || content.includes(Buffer.from(secret).toString('base64').slice(0, -4))
}

/** What is gone by the time it is read holds nothing. */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    return Buffer.alloc(0)
  }
}

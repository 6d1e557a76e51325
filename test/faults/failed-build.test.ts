import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Load } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import type { SampleApp } from '../../scripts/sample-app.ts'
import type { UpdateBuildLimits } from '../../server/contract/build-limits.ts'
import { testEngines } from '../engines.ts'
import { ownApp, rewrite } from './own-app.ts'

const run = promisify(execFile)
const MB = 1024 ** 2

/** How a command of a build looks in `ps`, and nothing else does. */
const SLEEP = `sleep 600.${process.pid}`
const SERVER = `require('http').createServer((q, r) => r.end(process.env.PAAS_RELEASE)).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit())`
const HOG = "node -e 'const kept = []; for (;;) kept.push(Buffer.alloc(16e6, 1))'"

type Case = {
  name: string
  limits: UpdateBuildLimits
  /** Of the build, behind a line that it prints. */
  script: string
  says: RegExp
  engines?: 'embedded'[]
}

/** Memory and disk by small limits on the embedded engine alone: on docker, builds of everybody on the engine share them (builder/container-image.docker.test.ts). */
const CASES: Case[] = [
  { name: 'fails', limits: {}, script: `${SLEEP} & exit 3`, says: /`npm run build` ended with exit code 3\./ },
  { name: 'takes too long', limits: { time: 12 }, script: SLEEP, says: /took longer than 12 seconds and was stopped/ },
  {
    name: 'eats memory',
    limits: { memory: 192 * MB },
    script: HOG,
    says: /took more memory than their limit of 192 MB/,
    engines: ['embedded'],
  },
  {
    name: 'fills the disk',
    limits: { disk: 100 * MB },
    script: `head -c 150000000 /dev/zero > big && ${SLEEP}`,
    says: /a file became larger than all that a build may write|disk filled by more than/i,
    engines: ['embedded'],
  },
]

/** RELIABILITY F-06. */
describe.each(testEngines())('a build that fails, on %s', (engine) => {
  let box: LocalBox
  let app: SampleApp

  beforeAll(async () => {
    box = await LocalBox.start({ engine })
    app = await ownApp(box, 'shop', files('true'))
    await app.deploy()
  })
  afterEach(async () => {
    const usual = { memory: null, time: null, disk: null }
    await box.client().call('builds.limit', { body: usual })
  })
  afterAll(async () => {
    await box?.[Symbol.asyncDispose]()
  })

  const cases = CASES.filter(({ engines }) => engines === undefined || engines.includes(engine as 'embedded'))
  test.each(cases)('as it $name: the old release serves, the push says why, nothing of it stays', async (one) => {
    await box.client().call('builds.limit', { body: one.limits })
    const load = new Load({ port: box.ports.http, host: 'shop.localhost', perSecond: 20, judge: isFirst })
    await rewrite(app, files(`echo about to break; ${one.script}`))
    const { code, stderr } = await app.push()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^remote: +about to break/m)
    expect(stderr).toMatch(one.says)
    const [build] = (await box.client().call('builds.list', { params: { app: 'shop' } })).items
    expect(build).toMatchObject({ state: 'failed', reason: expect.stringMatching(one.says) })
    expect(await output(build?.id ?? '')).toContain('about to break')
    const { failures, sent } = await load.stop()
    expect(failures).toEqual([])
    expect(sent).toBeGreaterThan(0)
    await expect.poll(() => leftOf(build?.id ?? ''), { timeout: 20_000 }).toEqual([])
  })

  test('the next good push goes live', async () => {
    await rewrite(app, files('echo fine'))
    await app.deploy()
  })

  async function output(build: string): Promise<string> {
    let text = ''
    const request = { params: { app: 'shop', build } }
    for await (const line of box.client().stream('builds.output', request)) text += `${JSON.stringify(line)}\n`
    return text
  }

  /** Processes, files of the box, and images that a build has left. */
  async function leftOf(build: string): Promise<string[]> {
    const files = readdirSync(box.data, { recursive: true, encoding: 'utf8' })
    const forgotten = files.filter((path) => /cache\/[^/]+\/scratch$|\.partial$|\/source\.tar/.test(path))
    return [...processes(), ...forgotten, ...(engine === 'docker' ? await onEngine(build) : [])]
  }
})

function files(build: string): Record<string, string | object> {
  return { 'package.json': { name: 'x', scripts: { build, start: 'node server.js' } }, 'server.js': SERVER }
}

function isFirst(_status: number, body: string): string | undefined {
  return body === 'v1' ? undefined : `answered by ${body}`
}

/** A process that has ended and is not reaped has no command line. */
function processes(): string[] {
  const commands = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine)
  return commands.filter((command) => command.includes(SLEEP) || command.includes('kept.push(Buffer.alloc(16e6'))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

async function onEngine(build: string): Promise<string[]> {
  const filter = ['--quiet', '--all', '--filter', `label=paas.build=${build}`]
  const listed = [await run('docker', ['ps', ...filter]), await run('docker', ['images', ...filter])]
  return listed.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean))
}

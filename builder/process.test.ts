import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { BuildEvent } from './build.ts'
import { BuildFixture, scripts } from './build-fixture.ts'
import { BuilderProcess } from './process.ts'

const NEVER = new AbortController().signal
const HANGS = scripts('echo waiting; sleep 300 & sleep 300')

test('one request in, the events of the build out, and then it is gone', async () => {
  using box = new BuildFixture()
  const builder = start()
  const events = await collect(builder.run(await box.request(scripts('echo hello')), NEVER))
  expect(events.at(-1)).toMatchObject({ type: 'done', image: box.directory.join('images', 'bld_1') })
  expect(events.filter(({ type }) => type === 'plan')).toHaveLength(1)
  await builder.exited
  await eventually(() => groupMembers(builder.pid).length === 0)
})

test('a builder that is killed gives a failure worth another try', async () => {
  using box = new BuildFixture()
  const builder = start()
  const events = await collect(builder.run(await box.request(HANGS), NEVER), (event) => {
    if (isWaiting(event)) process.kill(builder.pid ?? 0, 'SIGKILL')
  })
  expect(events.at(-1)).toMatchObject({ type: 'failed', code: 'builder.died', retryable: true })
  await eventually(() => groupMembers(builder.pid).length === 0)
})

test('a builder that cannot even start gives the same failure', async () => {
  using box = new BuildFixture()
  const builder = BuilderProcess.start({ nodePath: '/nonexistent/node', env: {} })
  const events = await collect(builder.run(await box.request(HANGS), NEVER))
  expect(events).toEqual([expect.objectContaining({ type: 'failed', code: 'builder.died', retryable: true })])
})

test('an abort ends the build with everything it started, in the background too', async () => {
  using box = new BuildFixture()
  const abort = new AbortController()
  const builder = start()
  let before: number[] = []
  const events = await collect(builder.run(await box.request(HANGS), abort.signal), (event) => {
    if (!isWaiting(event)) return
    before = groupMembers(builder.pid)
    abort.abort()
  })
  expect(before.length).toBeGreaterThan(2)
  expect(events.at(-1)).toMatchObject({ type: 'failed', code: 'build.canceled', retryable: false })
  await eventually(() => groupMembers(builder.pid).length === 0)
  expect(readdirSync(box.directory.path)).not.toContain('images')
})

test('steps that ignore SIGTERM are killed', async () => {
  using box = new BuildFixture()
  const abort = new AbortController()
  const builder = start()
  const deaf = "trap '' TERM; echo waiting; while :; do sleep 0.1; done"
  const events = await collect(builder.run(await box.request(scripts(deaf)), abort.signal), (event) => {
    if (isWaiting(event)) abort.abort()
  })
  expect(events.at(-1)).toMatchObject({ code: 'build.canceled' })
  await eventually(() => groupMembers(builder.pid).length === 0)
})

test('a builder whose server was killed ends by itself, with everything it started', async () => {
  using box = new BuildFixture()
  const request = JSON.stringify(await box.request(HANGS))
  const program = `
    const { BuilderProcess } = await import(${JSON.stringify(new URL('./process.ts', import.meta.url).href)})
    const builder = BuilderProcess.start({ nodePath: process.execPath, env: { PATH: process.env.PATH } })
    const events = builder.run(${request}, new AbortController().signal)
    for await (const event of events) if (event.text === 'waiting') console.log(builder.pid)`
  const server = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(server.stdout, 'data')
  const builder = Number(line)
  expect(groupMembers(builder).length).toBeGreaterThan(2)
  server.kill('SIGKILL')
  await eventually(() => groupMembers(builder).length === 0)
})

test('a reader who stops early ends the build', async () => {
  using box = new BuildFixture()
  const builder = start()
  for await (const event of builder.run(await box.request(HANGS), NEVER)) if (isWaiting(event)) break
  await eventually(() => groupMembers(builder.pid).length === 0)
})

test('one that was started ahead and is not needed can be disposed of', async () => {
  const builder = start()
  await builder.dispose()
  await eventually(() => groupMembers(builder.pid).length === 0)
})

test('the builder yields to everybody else', async () => {
  await using builder = start()
  const file = (name: string) => readFileSync(`/proc/${builder.pid}/${name}`, 'utf8')
  await eventually(() => file('oom_score_adj').trim() === '500')
  const nice = () =>
    file('stat')
      .slice(file('stat').lastIndexOf(')') + 2)
      .split(' ')[16]
  await eventually(() => nice() === '5')
})

test('the environment of the builder is what it was given', async () => {
  await using builder = start()
  await eventually(() => readFileSync(`/proc/${builder.pid}/environ`, 'utf8').split('\0').filter(Boolean).length === 1)
})

function start(): BuilderProcess {
  return BuilderProcess.start({
    nodePath: process.execPath,
    env: { PATH: process.env['PATH'] ?? '' },
    endpoint: 'directory',
  })
}

async function collect(events: AsyncIterable<BuildEvent>, look: (event: BuildEvent) => void = () => {}) {
  const all: BuildEvent[] = []
  for await (const event of events) {
    all.push(event)
    look(event)
  }
  return all
}

function isWaiting(event: BuildEvent): boolean {
  return event.type === 'line' && event.text === 'waiting'
}

/** Living processes of a group; the machine may keep dead ones as zombies for a while. */
function groupMembers(group: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [state, , pgrp] = statOf(pid)
      return Number(pgrp) === group && state !== 'Z'
    })
    .map(Number)
}

function statOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

async function eventually(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !holds(); await sleep(20)) {
    if (Date.now() > deadline) expect.unreachable('it did not come true within 30 s')
  }
}

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { BuildEvent, BuildRequest } from './build.ts'
import { BuildFixture, scripts } from './build-fixture.ts'
import { BuilderProcess } from './process.ts'

const FORKS = "perl -e 'fork while 1'"
const ALLOCATES = "node -e 'const kept = []; for (;;) kept.push(Buffer.alloc(16e6, 1))'"
const WRITES = 'fallocate -l 2G big && sleep 300'
/** It asks for a gigabyte of addresses and more, and uses little. */
const THREADS = 'node -e \'for (let n = 0; n < 6; n += 1) new worker_threads.Worker("0", { eval: true })\''
const ESCAPES = 'setsid sleep 301 < /dev/null > /dev/null 2>&1 & sleep 0.2; exit 7'

test.each([
  {
    name: 'a fork bomb',
    script: FORKS,
    code: 'build.too-many-processes',
    message: 'the processes of this build started more processes and threads than their limit of 100.',
  },
  {
    name: 'more memory than it may',
    script: ALLOCATES,
    code: 'build.out-of-memory',
    message: 'the processes of this build took more memory than their limit of 256 MB, so it was killed.',
  },
])('$name ends the build in words, and leaves nothing behind', async ({ script, code, message }) => {
  using box = new BuildFixture()
  const last = await ended(box, script)
  expect(last).toMatchObject({ type: 'failed', code, message: `The build was stopped: ${message}`, retryable: false })
  await expectNothingOf(box)
})

test('a file that is too large ends the build in words, and leaves nothing behind', async () => {
  using box = new BuildFixture()
  const last = await ended(box, WRITES)
  expect(last).toMatchObject({ type: 'failed', code: 'build.disk-limit', command: 'paas builds:limits disk=20gb' })
  await expectNothingOf(box)
})

test('what a build only sets aside is not counted, and what it leaves in a session of its own is ended', async () => {
  using box = new BuildFixture()
  expect(await ended(box, THREADS)).toMatchObject({ type: 'done' })
  expect(await ended(box, ESCAPES)).toMatchObject({ type: 'failed', code: 'build.command-failed' })
  await expectNothingOf(box)
})

/** The last event of a build by a builder program of its own. */
async function ended(box: BuildFixture, script: string): Promise<BuildEvent | undefined> {
  const request = await box.request(scripts(script))
  const limits: BuildRequest['limits'] = { ...request.limits, memoryMb: 256, pids: 100, diskBytes: 1e9 }
  const env = { PATH: process.env['PATH'] ?? '' }
  const builder = BuilderProcess.start({ nodePath: process.execPath, env, endpoint: 'directory' })
  const events: BuildEvent[] = []
  for await (const event of builder.run({ ...request, limits }, new AbortController().signal)) events.push(event)
  return events.at(-1)
}

/** No process that was given a home in the box, and no file of a build that was not done. */
async function expectNothingOf(box: BuildFixture): Promise<void> {
  const home = `HOME=${box.directory.join('cache', 'app_1', 'scratch', 'home')}`
  const left = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && environment(name).includes(home))
  // What was killed is there until the kernel has taken it apart.
  await expect.poll(left).toEqual([])
  expect(readdirSync(box.directory.join('cache', 'app_1'))).not.toContain('scratch')
  const layers = readdirSync(box.directory.join('cache', 'app_1', 'layers'))
  expect(layers.filter((name) => name.endsWith('.partial'))).toEqual([])
}

function environment(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return []
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BuildFailure } from './errors.ts'
import { OveruseWatch, ofContainers, ofGroup, roomAgain } from './overuse.ts'

const MANY = { exceeded: { what: 'processes', limit: 100 }, held: true } as const
const NEVER_MS = 2 ** 30

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'overuse-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('a build is stopped that stays at a limit of the kernel, and not one that touches it', () => {
  const answers = [MANY, undefined, MANY, MANY, MANY]
  const failures: BuildFailure[] = []
  using watch = new OveruseWatch(
    'docker',
    () => answers.shift(),
    (failure) => failures.push(failure),
  )
  for (const at of [0, 6_000, 7_000, 11_000]) watch.look(at)
  expect(watch.signal.aborted).toBe(false)
  watch.look(12_000)
  expect(watch.signal.reason).toBe(watch.failure)
  expect(failures).toEqual([watch.failure])
  expect(watch.failure).toMatchObject({
    code: 'build.too-many-processes',
    message:
      'The build was stopped: the builds of this box together started more processes and threads than their limit of 100.',
  })
})

test('over a limit that nobody else holds it is stopped at once, and told once', () => {
  const failures: BuildFailure[] = []
  const look = () => ({ exceeded: { what: 'memory' as const, limitMb: 512 }, held: false })
  using watch = new OveruseWatch('directory', look, (failure) => failures.push(failure))
  watch.look(NEVER_MS)
  watch.look(NEVER_MS)
  expect(failures.map(({ message }) => message)).toEqual([
    'The build was stopped: the processes of this build took more memory than their limit of 512 MB, so it was killed.',
  ])
})

test('a few below the limit are at it, for those that were refused one more come and go', () => {
  const limits = { pids: 100, memoryMb: 1 }
  expect([undefined, 94, 95, 100].map((count) => ofContainers(limits, count))).toEqual([
    undefined,
    undefined,
    MANY,
    MANY,
  ])
})

test('the next build is not let in before there is room for it again, or nobody waits any longer', async () => {
  const counts = [100, 26, 25, 0]
  await roomAgain({ pids: 100 }, () => counts.shift())
  expect(counts).toEqual([0])
  await roomAgain({ pids: 100 }, () => undefined)
  let looks = 0
  await roomAgain({ pids: 100 }, () => 100 + looks++, 1)
  expect(looks).toBe(1)
})

test('of a group, memory is looked at before processes, and neither where it fits', () => {
  mkdirSync(join(root, '10'))
  writeFileSync(join(root, '10', 'stat'), `10 (a) S 1 10 10 ${'0 '.repeat(13)}3 0 0 0`)
  writeFileSync(join(root, '10', 'statm'), '9999 1000 0 1 0 1 0')
  const look = (pids: number, memoryMb: number) => ofGroup(10, { pids, memoryMb }, root)()
  expect(look(2, 1)).toEqual({ exceeded: { what: 'memory', limitMb: 1 }, held: false })
  expect(look(2, 4)).toEqual({ exceeded: { what: 'processes', limit: 2 }, held: false })
  expect(look(3, 4)).toEqual({ exceeded: { what: 'processes', limit: 3 }, held: true })
  expect(look(4, 4)).toBeUndefined()
})

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { awaitMemory, isTight, type Memory, readMemory } from './memory-pressure.ts'

const GB = 1024 ** 3
const AMPLE: Memory = { availableBytes: 4 * GB, totalBytes: 8 * GB, stalledPercent: 0 }
const TIGHT: Memory = { ...AMPLE, availableBytes: GB / 4 }
const never = new AbortController().signal

test('half a gigabyte or a tenth must be at hand, and nobody much may stand still', () => {
  expect([AMPLE, TIGHT].map(isTight)).toEqual([false, true])
  expect(isTight({ ...AMPLE, stalledPercent: 21 })).toBe(true)
  const small = { availableBytes: 0.15 * GB, totalBytes: GB, stalledPercent: 0 }
  expect(isTight(small)).toBe(false)
})

test('a build waits, says so once, and goes on when there is room', async () => {
  const seen = [TIGHT, TIGHT, AMPLE]
  const said: string[] = []
  const read = async () => seen.shift()
  await awaitMemory(never, () => said.push('waits'), { read, lookMs: 1 })
  expect(said).toEqual(['waits'])
  expect(seen).toEqual([])
})

test('with room, or where nobody can tell, nothing is waited for', async () => {
  for (const memory of [AMPLE, undefined])
    await awaitMemory(never, () => expect.unreachable('it waits'), { read: async () => memory })
})

test('a canceled build stops waiting, and one that waited too long is told why', async () => {
  const canceled = new AbortController()
  const waiting = awaitMemory(canceled.signal, () => canceled.abort(new Error('canceled')), { read: async () => TIGHT })
  await expect(waiting).rejects.toThrow('canceled')
  const late = awaitMemory(never, () => {}, { read: async () => TIGHT, lookMs: 1, patienceMs: 5 })
  await expect(late).rejects.toMatchObject({
    code: 'builds.memory',
    message: expect.stringContaining('256 MB of 8192'),
  })
})

test('memory is read as the kernel writes it', async () => {
  const proc = await mkdtemp(join(tmpdir(), 'paas-proc-'))
  try {
    expect(await readMemory(proc)).toBeUndefined()
    await writeFile(join(proc, 'meminfo'), 'MemTotal:       2048 kB\nMemFree:  1 kB\nMemAvailable:   1024 kB\n')
    expect(await readMemory(proc)).toEqual({ availableBytes: 1_048_576, totalBytes: 2_097_152, stalledPercent: 0 })
    await mkdir(join(proc, 'pressure'))
    await writeFile(join(proc, 'pressure/memory'), 'some avg10=12.34 avg60=0.00\nfull avg10=99.00\n')
    expect((await readMemory(proc))?.stalledPercent).toBe(12.34)
  } finally {
    await rm(proc, { recursive: true })
  }
})

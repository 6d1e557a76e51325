import { expect, test } from 'vitest'
import { DiskWatch, type Space, spaceOf } from './disk-watch.ts'

const GB = 1024 ** 3
const never = 60_000

/** A disk of 100 GB whose free space is what the test says, look by look. */
function watch(free: (number | undefined)[], limitGb = 10): DiskWatch {
  const read = async (): Promise<Space | undefined> => {
    const freeGb = free.shift()
    return freeGb === undefined ? undefined : { freeBytes: freeGb * GB, totalBytes: 100 * GB }
  }
  return new DiskWatch(limitGb * GB, read, never)
}

test('a build that fills the disk by more than its limit is stopped with the reason', async () => {
  using disk = watch([50, 41, 39.9])
  await look(disk)
  expect(disk.signal.aborted).toBe(false)
  await look(disk)
  expect(disk.signal.aborted).toBe(true)
  expect(disk.failure).toMatchObject({
    code: 'build.disk-limit',
    message: 'The disk filled by more than 10 GB during the build, so it was stopped.',
    help: { command: 'paas builds:limits disk=20gb' },
  })
})

test('a gigabyte is left for the apps whatever the limit is', async () => {
  using disk = watch([3, 1.1, 0.9])
  await look(disk)
  expect(disk.failure).toBeUndefined()
  await look(disk)
  expect(disk.failure).toMatchObject({ code: 'build.disk-full', help: { command: 'paas disk' } })
})

test('a disk that is nearly full before and does not fill further is not the build’s fault', async () => {
  using disk = watch([0.5, 0.5, 0.6])
  await look(disk)
  await look(disk)
  expect(disk.failure).toBeUndefined()
})

test('a disk that cannot be looked at stops nothing', async () => {
  using disk = watch([undefined, undefined])
  await look(disk)
  expect(disk.failure).toBeUndefined()
  expect(await spaceOf({ kind: 'docker', socketPath: '/nowhere/docker.sock' })()).toBeUndefined()
  expect(await spaceOf({ kind: 'directory', root: '/', cache: '/' })()).toMatchObject({
    totalBytes: expect.any(Number),
  })
})

/** The first look is the watch's own, from its beginning. */
async function look(disk: DiskWatch): Promise<void> {
  await new Promise(setImmediate)
  await disk.look()
}

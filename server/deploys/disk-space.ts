import { statfs } from 'node:fs/promises'
import type { DiskState } from '../contract/disk.ts'
import { PaasError } from '../errors.ts'

/** G9: below this much free space pushes are refused before anything is written; the smaller of the two counts. */
export const MIN_FREE_BYTES = 2 * 1024 ** 3
export const MIN_FREE_SHARE = 0.1
/** Below so many times that, images and caches are cut down before it comes to a refusal. */
export const TIGHT_FACTOR = 2

export type FreeSpace = { freeBytes: number; totalBytes: number }

export async function freeSpace(path: string): Promise<FreeSpace> {
  const disk = await statfs(path)
  return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize }
}

/** What must be free for pushes to be taken. */
export function wantedBytes(totalBytes: number): number {
  return Math.min(MIN_FREE_BYTES, totalBytes * MIN_FREE_SHARE)
}

export function diskState({ freeBytes, totalBytes }: FreeSpace): DiskState {
  const wanted = wantedBytes(totalBytes)
  if (freeBytes < wanted) return 'full'
  return freeBytes < TIGHT_FACTOR * wanted ? 'tight' : 'ample'
}

export async function requireDiskSpace(path: string): Promise<void> {
  const { freeBytes, totalBytes } = await freeSpace(path)
  const wanted = wantedBytes(totalBytes)
  if (freeBytes >= wanted) return
  throw new PaasError(
    'unavailable',
    'disk.full',
    `The disk of the box is nearly full: ${megabytes(freeBytes)} MB free, ${megabytes(wanted)} MB needed.`,
    {
      fix: 'See what takes it and make room, then push again. Apps that run are not touched.',
      command: 'paas disk',
    },
  )
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2)
}

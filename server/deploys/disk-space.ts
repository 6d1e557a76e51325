import { statfs } from 'node:fs/promises'
import { PaasError } from '../errors.ts'

/** G9: below this much free space pushes are refused before anything is written; the smaller of the two counts. */
export const MIN_FREE_BYTES = 2 * 1024 ** 3
export const MIN_FREE_SHARE = 0.1

export async function freeSpace(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const disk = await statfs(path)
  return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize }
}

export async function requireDiskSpace(path: string): Promise<void> {
  const { freeBytes, totalBytes } = await freeSpace(path)
  const wanted = Math.min(MIN_FREE_BYTES, totalBytes * MIN_FREE_SHARE)
  if (freeBytes >= wanted) return
  throw new PaasError(
    'unavailable',
    'disk.full',
    `The disk of the box is nearly full: ${megabytes(freeBytes)} MB free, ${megabytes(wanted)} MB needed.`,
    {
      fix: 'Make room on the box, then push again. Apps that run are not touched.',
      command: 'paas status',
    },
  )
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2)
}

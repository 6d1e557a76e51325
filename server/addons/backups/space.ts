import { freeSpace, wantedBytes } from '../../deploys/disk-space.ts'
import { PaasError } from '../../errors.ts'

/** What is compressed takes a part of what it was; how small a part is known only afterwards. */
const LIKELY_SHARE = 0.25
const MB = 1024 ** 2

/** Backups never take the last of the disk that the box itself is on. Throws `disk.full`. */
export async function requireSpace(directory: string, expectedBytes: number | null): Promise<void> {
  const { freeBytes, totalBytes } = await freeSpace(directory)
  const needed = wantedBytes(totalBytes) + (expectedBytes ?? 0) * LIKELY_SHARE
  if (freeBytes >= needed) return
  const message = `The disk of the box has ${Math.floor(freeBytes / MB)} MB left, and a backup needs about ${Math.ceil(needed / MB)} MB.`
  throw new PaasError('unavailable', 'disk.full', message, {
    fix: 'Make room, or keep backups in an S3 bucket.',
    command: 'paas disk',
  })
}

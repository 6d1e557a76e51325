import type { ChildProcess } from 'node:child_process'
import { PassThrough, type Readable } from 'node:stream'

/** Standard output and standard error as they come, as one stream. */
export function mergedOutput({ stdout, stderr }: Pick<ChildProcess, 'stdout' | 'stderr'>): Readable {
  const merged = new PassThrough()
  const sources = [stdout, stderr].filter((stream) => stream !== null)
  let open = sources.length
  for (const source of sources) {
    source.pipe(merged, { end: false })
    source.once('close', () => {
      open -= 1
      if (open === 0) merged.end()
    })
  }
  return merged
}

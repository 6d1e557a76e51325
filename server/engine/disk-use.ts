import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const KB = 1024
const MAX_OUTPUT = 16 * 1024 ** 2

/** Bytes on disk by path, each file once, in the order of the paths; those that are not there are left out. */
export async function diskUse(paths: string[]): Promise<Map<string, number>> {
  if (paths.length === 0) return new Map()
  const run = promisify(execFile)
  const options = { maxBuffer: MAX_OUTPUT }
  // What vanishes under it makes du complain and go on.
  const { stdout } = await run('du', ['-skx', '--', ...paths], options).catch((error: { stdout?: string }) => {
    if (typeof error.stdout !== 'string') throw error
    return { stdout: error.stdout }
  })
  const lines = stdout.split('\n').flatMap((line) => {
    const [, size, path] = /^(\d+)\t(.*)$/.exec(line) ?? []
    return path === undefined ? [] : [[path, Number(size) * KB] as const]
  })
  return new Map(lines)
}

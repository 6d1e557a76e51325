import { chmod, mkdir, rename } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

export const ROOT = resolve(import.meta.dirname, '..')

/**
 * Makes one file for Node of `entry` and all that it imports. It comes by a rename: whoever starts it meanwhile gets the old
 * one or the new one, whole.
 */
export async function bundle(entry: string, outfile: string, options: BuildOptions, mode = 0o644): Promise<void> {
  const temporary = `${outfile}.${process.pid}.tmp`
  await mkdir(dirname(outfile), { recursive: true })
  await build({
    entryPoints: [resolve(ROOT, entry)],
    outfile: temporary,
    bundle: true,
    platform: 'node',
    target: 'node24',
    logLevel: 'warning',
    ...options,
  })
  await chmod(temporary, mode)
  await rename(temporary, outfile)
}

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importsOf } from './imports.ts'

export const ROOT = join(import.meta.dirname, '../..')
/** Sources of apps that users would push, not ours. */
const FOREIGN = /^builder\/examples\//

/** Paths from the top of the repository, of all that git would keep: tracked, or new and not ignored. */
export const FILES: readonly string[] = execFileSync(
  'git',
  ['-C', ROOT, 'ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'],
  { encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)))

export const SOURCES: readonly string[] = FILES.filter(
  (file) => /\.(ts|tsx|mts|mjs)$/.test(file) && !FOREIGN.test(file),
)

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

export type Arrow = {
  from: string
  line: number
  /** A file of ours, by its path from the top. */
  to: string
}

export type PackageUse = { from: string; line: number; specifier: string }

const all = SOURCES.flatMap((from) => importsOf(read(from)).map((found) => ({ from, ...found })))

/** Who imports whom, over the whole repository. */
export const ARROWS: readonly Arrow[] = all
  .filter(({ specifier }) => specifier.startsWith('.'))
  .map(({ from, line, specifier }) => ({ from, line, to: join(from, '..', specifier) }))

/** Imports of Node's own modules (`node:`) and of packages. */
export const PACKAGE_USES: readonly PackageUse[] = all.filter(({ specifier }) => !specifier.startsWith('.'))

import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { ExtraFile } from '../buildkit/context.ts'
import { downloadNpm } from './npm-download.ts'

/** Node 24 comes with npm 11; older ones run, but write other lock files. */
const OLDEST_MAJOR = 11

/** npm as files below `npm/`: the machine's own copy where it is complete and new enough, else from the npm registry. */
export async function* npmFiles(certificates: Buffer | null, signal: AbortSignal): AsyncGenerator<ExtraFile> {
  const directory = findNpm(npmPlaces(process.execPath))
  if (directory) yield* filesIn(directory)
  else yield* downloadNpm(certificates, signal)
}

/** Where Node's own installer, Debian's and NodeSource's packages and `npm install -g` keep it. */
function npmPlaces(execPath: string): string[] {
  return [
    resolve(dirname(execPath), '../lib/node_modules/npm'),
    '/usr/local/lib/node_modules/npm',
    '/usr/lib/node_modules/npm',
  ]
}

/** Debian's own npm package is left aside: its dependencies are spread over the system. */
export function findNpm(places: string[]): string | undefined {
  return places.find((place) => {
    try {
      const { version } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as { version: string }
      return Number.parseInt(version, 10) >= OLDEST_MAJOR && existsSync(join(place, 'node_modules/@npmcli/arborist'))
    } catch {
      return false
    }
  })
}

async function* filesIn(directory: string): AsyncGenerator<ExtraFile> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    if (isDocument(relative(directory, file))) continue
    const { mode } = await stat(file)
    yield { path: `npm/${relative(directory, file)}`, content: await readFile(file), mode: mode & 0o755 }
  }
}

/** Manuals and pages that nobody opens in a container. */
export function isDocument(path: string): boolean {
  return /^(docs|man)\//.test(path)
}

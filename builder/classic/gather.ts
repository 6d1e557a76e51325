import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExtraFile } from '../buildkit/context.ts'
import { BuildFailure } from '../errors.ts'
import type { Output } from '../output.ts'
import { Source } from '../source.ts'
import { type FetchSurroundings, MOST_BYTES } from './fetch.ts'
import { fetchGit } from './git.ts'
import { BROUGHT } from './plan.ts'
import { isPublicAddress } from './public-address.ts'
import { type Reference, readReference } from './reference.ts'
import { fetchTarball } from './tarball.ts'

const SCRIPTS = ['detect', 'compile', 'release']
const LIMITS = { maxFileBytes: MOST_BYTES, maxTreeBytes: MOST_BYTES }

export type GatherOptions = Pick<FetchSurroundings, 'path' | 'certificateBundle' | 'signal'> & {
  output: Output
  isAllowed?: FetchSurroundings['isAllowed']
}

/** The files of these buildpacks, each in a numbered directory below BROUGHT. Throws BuildFailure `buildpack.*`. */
export async function gatherBuildpacks(names: string[], source: Source, options: GatherOptions): Promise<ExtraFile[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'paas-buildpacks-'))
  const { output, isAllowed = isPublicAddress } = options
  const files: ExtraFile[] = []
  try {
    for (const [index, name] of names.entries()) {
      const target = `${BROUGHT}/${index + 1}`
      const directory = join(scratch, String(index + 1))
      mkdirSync(directory)
      const reference = readReference(name)
      if (reference.kind === 'folder') files.push(...filesOf(reference, source, reference.path, target))
      else files.push(...(await fetched(reference, { ...options, isAllowed, directory }, target, output)))
    }
    return files
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function fetched(
  reference: Reference,
  surroundings: FetchSurroundings,
  target: string,
  output: Output,
): Promise<ExtraFile[]> {
  if (reference.kind !== 'git' && reference.kind !== 'tarball') throw notBuildpack(reference.written, '')
  output.heading(`Fetching the buildpack ${reference.written}`)
  const { tar, version } = await (reference.kind === 'git'
    ? fetchGit(reference, surroundings)
    : fetchTarball(reference, surroundings))
  output.line(`Got ${version}`)
  using pack = opened(reference.written, tar)
  const top = pack.has('bin/compile') ? '' : (onlyDirectory(pack) ?? '')
  return filesOf(reference, pack, top, target)
}

/** What may not be in an app's source may not be in a buildpack either. */
function opened(written: string, tar: string): Source {
  try {
    return Source.open(tar, LIMITS)
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error
    const message = `The buildpack ${written} is refused. ${error.message}`
    throw new BuildFailure('buildpack.refused', message, {
      fix: 'Use another version of it.',
      command: 'paas buildpacks',
    })
  }
}

/** Archives of code hosts have one directory with everything in it. */
function onlyDirectory(pack: Source): string | undefined {
  const tops = new Set([...pack.files()].map(({ path }) => path.split('/', 1)[0]))
  return tops.size === 1 ? [...tops][0] : undefined
}

function filesOf({ written }: Reference, source: Source, root: string, target: string): ExtraFile[] {
  const prefix = root === '' ? '' : `${root}/`
  for (const script of ['detect', 'compile']) {
    if (!source.has(`${prefix}bin/${script}`)) throw notBuildpack(written, script)
  }
  return [...source.files(prefix)].map((entry): ExtraFile => {
    const within = entry.path.slice(prefix.length)
    const path = `${target}/${within}`
    if (entry.kind === 'symlink') return { path, content: '', link: entry.target }
    const runs = (entry.mode & 0o111) !== 0 || SCRIPTS.some((script) => within === `bin/${script}`)
    return { path, content: source.head(entry, entry.size), mode: runs ? 0o755 : 0o644 }
  })
}

function notBuildpack(written: string, script: string): BuildFailure {
  return new BuildFailure('buildpack.invalid', `${written} is no buildpack: it has no bin/${script || 'compile'}.`, {
    fix: 'A buildpack has the scripts bin/detect and bin/compile. Commit them, or name another one.',
    command: 'paas buildpacks',
  })
}

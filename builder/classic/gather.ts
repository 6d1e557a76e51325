import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuildRequest } from '../build.ts'
import type { ExtraFile } from '../buildkit/context.ts'
import { BuildFailure } from '../errors.ts'
import type { Output } from '../output.ts'
import { Source } from '../source.ts'
import { fetchBuildpack, MOST_BYTES, type Place, type Remote } from './fetch.ts'
import { BROUGHT } from './plan.ts'
import { type Reference, readReference } from './reference.ts'

const SCRIPTS = ['detect', 'compile', 'release']
const LIMITS = { maxFileBytes: MOST_BYTES, maxTreeBytes: MOST_BYTES }

export type GatherOptions = Pick<BuildRequest, 'certificateBundle' | 'network'> &
  Omit<Place, 'directory'> & { output: Output }

/** The files of these buildpacks, each in a numbered directory below BROUGHT. Throws BuildFailure `buildpack.*` or `fetch.*`. */
export async function gatherBuildpacks(names: string[], source: Source, options: GatherOptions): Promise<ExtraFile[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'paas-buildpacks-'))
  const files: ExtraFile[] = []
  try {
    for (const [index, name] of names.entries()) {
      const target = `${BROUGHT}/${index + 1}`
      const directory = join(scratch, String(index + 1))
      mkdirSync(directory)
      const reference = readReference(name)
      if (reference.kind === 'folder') files.push(...filesOf(reference, source, reference.path, target))
      else if (reference.kind === 'git' || reference.kind === 'tarball') {
        files.push(...(await fetched(reference, { ...options, directory }, target)))
      } else throw notBuildpack(name, 'compile')
    }
    return files
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function fetched(reference: Remote, options: GatherOptions & Place, target: string): Promise<ExtraFile[]> {
  const { output, ...place } = options
  output.heading(`Fetching the buildpack ${reference.written}`)
  const { tar, version } = await fetchBuildpack(reference, options, place)
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
  return new BuildFailure('buildpack.invalid', `${written} is no buildpack: it has no bin/${script}.`, {
    fix: 'A buildpack has the scripts bin/detect and bin/compile. Commit them, or name another one.',
    command: 'paas buildpacks',
  })
}

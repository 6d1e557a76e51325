import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { EngineApi } from '../buildkit/engine-api.ts'
import { hasErrorCode } from '../errors.ts'
import { hostMirror, type Mirror, sourceLines } from './mirror.ts'
import { BASE_PACKAGES, SUITE } from './recipe.ts'

export class BootstrapFailed extends Error {}

/** As Debian's own slim images: translations, manuals and documents but the licences stay out (40 MB less). */
const LEFT_OUT = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
]

/** mmdebstrap calls dpkg, chroot and others by name; the builder's own environment may lack the system's directories. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' }

const LAST_LINES = 5

/** Makes the base image from Debian packages and streams it into the engine; no registry is needed. Throws BootstrapFailed. */
export async function bootstrapBase(
  api: EngineApi,
  image: string,
  signal: AbortSignal,
  { program = 'mmdebstrap', mirror }: { program?: string; mirror?: Mirror } = {},
): Promise<void> {
  const [repo, tag] = image.split(':')
  const sources = sourceLines(mirror ?? (await hostMirror()))
  const body = output(program, mmdebstrapArguments(sources), signal)
  const query = { fromSrc: '-', repo, tag, changes: 'CMD ["/bin/bash"]' }
  const headers = { 'content-type': 'application/x-tar' }
  for await (const line of api.lines('/images/create', { query, headers, body, signal })) {
    const { error } = line as { error?: string }
    if (error) throw new BootstrapFailed(`the engine refused the image: ${error}`)
  }
}

function mmdebstrapArguments(sources: string[]): string[] {
  return [
    '--quiet',
    '--variant=minbase',
    '--format=tar',
    `--include=${BASE_PACKAGES.join(',')}`,
    ...LEFT_OUT.map((option) => `--dpkgopt=${option}`),
    SUITE,
    '-',
    ...sources,
  ]
}

/** What the program writes; ends well only if the program does, so that the engine never takes half a tree for an image. */
function output(program: string, args: string[], signal: AbortSignal): AsyncGenerator<Buffer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: ENVIRONMENT, signal })
  const errors: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(...text.split('\n').filter(Boolean)))
  const ended = once(child, 'close')
  // Awaited when the output has been read; a program that is not there fails before that.
  ended.catch(() => {})
  return (async function* () {
    try {
      yield* child.stdout
      const [code] = await ended
      if (code !== 0) throw new BootstrapFailed(`${program} failed: ${errors.slice(-LAST_LINES).join(' ')}`)
    } catch (error) {
      throw hasErrorCode(error, 'ENOENT')
        ? new BootstrapFailed(`${program} is not installed on the box`, { cause: error })
        : error
    } finally {
      child.kill()
    }
  })()
}

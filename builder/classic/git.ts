import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { runCommand } from '../command.ts'
import { BuildFailure } from '../errors.ts'
import { FETCH_TIMEOUT_MS, type Fetched, type FetchSurroundings, MOST_BYTES } from './fetch.ts'
import { publicAddress } from './public-address.ts'
import type { Reference } from './reference.ts'

const WATCH_MS = 200
const SHOWN_LINES = 3

/**
 * One commit of a repository as a tar, by a bare clone: no work tree, no hooks, no submodules, no configuration of the
 * machine, https alone, no redirects, and only the address that was looked at. Throws BuildFailure `buildpack.*`.
 */
export async function fetchGit(
  { url, ref, written }: Reference & { kind: 'git' },
  surroundings: FetchSurroundings,
): Promise<Fetched> {
  const { directory } = surroundings
  const bare = join(directory, 'bare.git')
  const tar = join(directory, 'pack.tar')
  const environment = await gitEnvironment(new URL(url), bare, surroundings)
  using limits = new FetchLimits(bare, surroundings.signal)
  const git = async (...argv: string[]) => {
    const lines: string[] = []
    const command = { argv: ['git', ...argv], directory, environment }
    const exit = await runCommand(command, (line) => void lines.push(line), limits.signal).catch((error: unknown) => {
      throw limits.failure(written) ?? error
    })
    if (exit.code !== 0) throw refused(written, ref, lines)
    return lines
  }
  await git('init', '--quiet', '--bare', bare)
  await git('--git-dir', bare, 'fetch', '--quiet', '--depth', '1', '--no-tags', '--end-of-options', url, ref ?? 'HEAD')
  const [commit = ''] = await git('--git-dir', bare, 'rev-parse', '--verify', 'FETCH_HEAD^{commit}')
  await git('--git-dir', bare, 'archive', '--format=tar', `--output=${tar}`, commit)
  return { tar, version: commit.slice(0, 8) }
}

async function gitEnvironment(
  url: URL,
  bare: string,
  { path, directory, certificateBundle, isAllowed }: FetchSurroundings,
): Promise<Record<string, string>> {
  const host = url.hostname
  const address = await publicAddress(host, isAllowed)
  const place = address.includes(':') ? `[${address}]` : address
  const config = {
    'safe.directory': bare,
    'protocol.allow': 'never',
    'protocol.https.allow': 'always',
    'http.followRedirects': 'false',
    'http.curloptResolve': `${host}:${url.port || 443}:${place}`,
    'http.lowSpeedLimit': '1000',
    'http.lowSpeedTime': '30',
    'fetch.fsckObjects': 'true',
    'fetch.recurseSubmodules': 'false',
    'core.hooksPath': '/dev/null',
    'credential.helper': '',
    ...(certificateBundle === null ? {} : { 'http.sslCAInfo': trusted(certificateBundle, directory) }),
  }
  const pairs = Object.entries(config).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return {
    PATH: path,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(Object.keys(config).length),
    ...Object.fromEntries(pairs),
  }
}

/** Git knows either a bundle or the system's authorities. */
function trusted(bundle: string, directory: string): string {
  const all = join(directory, 'ca.crt')
  writeFileSync(all, [...rootCertificates, readFileSync(bundle, 'utf8')].join('\n'))
  return all
}

/** Ends a fetch that takes too long or brings too much. */
class FetchLimits implements Disposable {
  readonly signal: AbortSignal
  readonly #deadline = AbortSignal.timeout(FETCH_TIMEOUT_MS)
  readonly #large = new AbortController()
  readonly #watch: NodeJS.Timeout

  constructor(directory: string, signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#deadline, this.#large.signal])
    this.#watch = setInterval(() => {
      if (bytesIn(directory) > MOST_BYTES) this.#large.abort()
    }, WATCH_MS)
  }

  failure(written: string): BuildFailure | undefined {
    if (this.#large.signal.aborted) return tooLarge(written)
    if (!this.#deadline.aborted) return undefined
    return new BuildFailure(
      'buildpack.unreachable',
      `The buildpack ${written} could not be fetched within ${FETCH_TIMEOUT_MS / 60_000} minutes.`,
      { fix: 'Push again; if it stays so, put the buildpack into a folder of the repository.', retryable: true },
    )
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watch)
  }
}

export function tooLarge(written: string): BuildFailure {
  return new BuildFailure(
    'buildpack.too-large',
    `The buildpack ${written} is larger than ${MOST_BYTES / 1024 ** 2} MB.`,
    {
      fix: 'A buildpack is scripts: let it fetch what is large while it compiles.',
      command: 'paas buildpacks',
    },
  )
}

function refused(written: string, ref: string | undefined, lines: string[]): BuildFailure {
  const said = lines.join('\n')
  const missing = /couldn't find remote ref|not our ref|unadvertised object/.test(said)
  if (missing && ref !== undefined) {
    return new BuildFailure('buildpack.no-ref', `The buildpack ${written} has no branch, tag or commit ${ref}.`, {
      fix: 'Name one that it has behind the #; of a commit all 40 characters.',
      command: 'paas buildpacks',
    })
  }
  const reason = lines.filter(Boolean).slice(-SHOWN_LINES).join('; ')
  return new BuildFailure('buildpack.unreachable', `The buildpack ${written} could not be fetched: ${reason}`, {
    fix: 'Check that its address is that of a public git repository, without a redirect, and that the box reaches it.',
    command: `git ls-remote ${written.split('#')[0]}`,
    retryable: true,
  })
}

/** 0 for what is not there yet, or vanishes meanwhile. */
function bytesIn(directory: string): number {
  try {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
    return entries.reduce((sum, entry) => sum + (entry.isFile() ? sizeOf(join(entry.parentPath, entry.name)) : 0), 0)
  } catch {
    return 0
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch {
    return 0
  }
}

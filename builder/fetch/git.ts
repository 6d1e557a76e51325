import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { BuildFailure, hasErrorCode } from '../errors.ts'
import { atMost } from './counted.ts'

export type GitRun = { code: number | null; stdout: string; stderr: string }

/** Names of 100,000 files, at their longest usual. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
const KEPT_ERROR_BYTES = 16 * 1024
/** A server that sends less than this for so long is given up. */
const SLOWEST = { bytesPerSecond: '500', seconds: '60' }

export type GitOptions = {
  /** A bare repository that is thrown away. */
  directory: string
  path: string
  /** Every connection goes by there. */
  proxy: string
  /** All authorities that are trusted; null: those that git knows by itself. */
  certificates: string | null
  signal: AbortSignal
}

/** git for fetching what strangers offer: https alone, no configuration but ours, no prompts, no hooks; objects are checked. */
export class FetchGit {
  readonly #options: GitOptions

  constructor(options: GitOptions) {
    this.#options = options
  }

  /** A status other than 0 is an answer, too. Throws the signal's reason. */
  async run(args: string[]): Promise<GitRun> {
    const child = this.#spawn(args)
    const output: Buffer[] = []
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_OUTPUT_BYTES) child.kill('SIGKILL')
      else output.push(chunk)
    })
    const { code, stderr } = await ended(child)
    this.#options.signal.throwIfAborted()
    return { code, stdout: Buffer.concat(output).toString(), stderr }
  }

  /** What the command writes, in a file of at most so many bytes: a small pack may unpack to more than a disk has. */
  async write(args: string[], file: string, maxBytes: number): Promise<GitRun> {
    const child = this.#spawn(args)
    const end = ended(child)
    await pipeline(
      child.stdout,
      atMost(maxBytes, () => tooLarge(maxBytes)),
      createWriteStream(file, { mode: 0o600 }),
    ).catch((error: unknown) => {
      child.kill('SIGKILL')
      this.#options.signal.throwIfAborted()
      throw error
    })
    return { ...(await end), stdout: '' }
  }

  #spawn(args: string[]) {
    const { directory, signal } = this.#options
    return spawn('git', args, {
      cwd: directory,
      env: fetchEnvironment(this.#options),
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    })
  }
}

function fetchEnvironment({ directory, path, proxy, certificates }: GitOptions): Record<string, string> {
  const config: Record<string, string> = {
    'safe.directory': directory,
    'core.hooksPath': '/dev/null',
    'http.proxy': proxy,
    'http.followRedirects': 'initial',
    'http.lowSpeedLimit': SLOWEST.bytesPerSecond,
    'http.lowSpeedTime': SLOWEST.seconds,
    'protocol.allow': 'never',
    'protocol.https.allow': 'always',
    'transfer.fsckObjects': 'true',
    'fetch.recurseSubmodules': 'false',
    'submodule.recurse': 'false',
    'pack.threads': '1',
    'gc.auto': '0',
    'maintenance.auto': 'false',
    ...(certificates === null ? {} : { 'http.sslCAInfo': certificates }),
  }
  const pairs = Object.entries(config).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return {
    PATH: path,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_DIR: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'https',
    GIT_CONFIG_COUNT: String(Object.keys(config).length),
    ...Object.fromEntries(pairs),
  }
}

function ended(child: ReturnType<typeof spawn>): Promise<{ code: number | null; stderr: string }> {
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-KEPT_ERROR_BYTES)
  })
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (hasErrorCode(error, 'ENOENT')) reject(noGit(error))
    })
    child.once('close', (code) => resolve({ code, stderr }))
  })
}

function tooLarge(maxBytes: number): BuildFailure {
  return new BuildFailure('source.too-large', `The tree is larger than ${Math.floor(maxBytes / 1024 ** 2)} MB.`, {
    fix: 'Take large or generated files out of git and list them in .gitignore.',
  })
}

function noGit(cause: Error): BuildFailure {
  const message = 'The box has no git program, so it cannot fetch sources.'
  return new BuildFailure('git.missing', message, { fix: 'Install it.', command: 'apt-get install git' }, { cause })
}

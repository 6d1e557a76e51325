import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { hasErrorCode, messageOf, PaasError } from '../errors.ts'

/** Starts git; an `error` event of a missing program is turned into words by `gitError`. */
export function spawnGit(args: string[], options: SpawnOptions): ChildProcess {
  return spawn('git', args, options)
}

export function gitError(error: unknown): unknown {
  return hasErrorCode(error, 'ENOENT') ? gitMissing() : error
}

function gitMissing(): PaasError {
  return new PaasError('unavailable', 'git.missing', 'The box has no git program, so it cannot receive pushes.', {
    fix: 'Install git on the box.',
    command: 'apt-get install git',
  })
}

export type GitResult = { code: number | null; stdout: string; stderr: string }

/** Our own settings, not the user's: simple-git asks for each by name before it lets it through. */
const ALLOWED = {
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeHooksPath: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeProtocolOverride: true,
}

/** Runs git to its end and gives what it said, for short answers; a status other than 0 is an answer, too. */
export async function runGit(
  args: string[],
  options: { env: Record<string, string>; cwd: string; signal?: AbortSignal },
): Promise<GitResult> {
  const { simpleGit } = await import('simple-git')
  let ended: { code: number; stderr: string } | undefined
  const git = simpleGit({
    baseDir: options.cwd,
    allowEnvironment: Object.keys(options.env),
    unsafe: ALLOWED,
    completion: { onClose: true, onExit: false },
    errors: (error, { exitCode, stdErr }) => {
      ended = { code: exitCode, stderr: Buffer.concat(stdErr).toString() }
      return exitCode < 0 ? error : undefined
    },
    ...(options.signal && { abort: options.signal }),
  })
  try {
    const stdout = await git.env(options.env).raw(args)
    return { code: ended?.code ?? null, stdout, stderr: ended?.stderr ?? '' }
  } catch (error) {
    throw messageOf(error).includes('ENOENT') ? gitMissing() : error
  }
}

/** The exit code once all output is closed; null when a signal ended it. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(gitError(error)))
    child.once('close', (code) => resolve(code))
  })
}

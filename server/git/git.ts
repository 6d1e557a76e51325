import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { hasErrorCode, PaasError } from '../errors.ts'

/** Starts git; an `error` event of a missing program is turned into words by `gitError`. */
export function spawnGit(args: string[], options: SpawnOptions): ChildProcess {
  return spawn('git', args, options)
}

export function gitError(error: unknown): unknown {
  if (!hasErrorCode(error, 'ENOENT')) return error
  return new PaasError('unavailable', 'git.missing', 'The box has no git program, so it cannot receive pushes.', {
    fix: 'Install git on the box.',
    command: 'apt-get install git',
  })
}

export type GitResult = { code: number | null; stdout: string; stderr: string }

/** Runs git to its end and gives what it said; for short answers. */
export async function runGit(
  args: string[],
  options: { env: Record<string, string>; cwd: string; signal?: AbortSignal },
): Promise<GitResult> {
  const child = spawnGit(args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  const code = await exitOf(child)
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}

/** The exit code once all output is closed; null when a signal ended it. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(gitError(error)))
    child.once('close', (code) => resolve(code))
  })
}

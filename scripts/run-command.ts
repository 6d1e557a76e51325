import { type SpawnOptions, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export type CommandResult = { code: number | null; stdout: string; stderr: string }

export class CommandFailed extends Error {
  readonly result: CommandResult
  constructor(file: string, args: string[], result: CommandResult) {
    super(`${file} ${args.join(' ')} ended with ${result.code}: ${result.stderr.trim() || result.stdout.trim()}`)
    this.name = 'CommandFailed'
    this.result = result
  }
}

/** Runs a program with an argument array and waits for it. Throws CommandFailed unless `allowFailure`. */
export async function runCommand(
  file: string,
  args: string[],
  options: SpawnOptions & { input?: string; allowFailure?: boolean } = {},
): Promise<CommandResult> {
  const { input, allowFailure, ...spawnOptions } = options
  const child = spawn(file, args, { ...spawnOptions, stdio: ['pipe', 'pipe', 'pipe'] })
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exit) => resolve(exit))
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  const [exit, stdout, stderr] = await Promise.all([code, text(child.stdout), text(child.stderr)])
  const result = { code: exit, stdout, stderr }
  if (exit !== 0 && !allowFailure) throw new CommandFailed(file, args, result)
  return result
}

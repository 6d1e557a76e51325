import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { BuildFailure, hasErrorCode } from './errors.ts'
import { Lines } from './lines.ts'

export type Command = {
  /** File and arguments; no shell is involved unless the file is one. */
  argv: string[]
  directory: string
  /** The whole environment: nothing is inherited. */
  environment: Record<string, string>
}

export type CommandExit = { code: number | null; signal: NodeJS.Signals | null }

const KILL_AFTER_MS = 2_000
/** How long output may go on after the command itself has ended, when something it started holds the pipe. */
const LINGER_MS = 300

/** Runs to the end and streams output line by line. Throws the signal's reason when it is aborted, after the command has ended. */
export async function runCommand(
  command: Command,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<CommandExit> {
  signal.throwIfAborted()
  const [file = '', ...args] = command.argv
  const child = spawn(file, args, {
    cwd: command.directory,
    env: command.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = Promise.all([follow(child.stdout, onLine), follow(child.stderr, onLine)])
  const stop = () => terminate(child)
  signal.addEventListener('abort', stop, { once: true })
  try {
    const exit = await exited(child, file)
    await Promise.race([output, new Promise((resolve) => setTimeout(resolve, LINGER_MS))])
    signal.throwIfAborted()
    return exit
  } finally {
    signal.removeEventListener('abort', stop)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

function exited(child: ChildProcess, file: string): Promise<CommandExit> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', (error) => reject(hasErrorCode(error, 'ENOENT') ? notInstalled(file, error) : error))
  })
}

function follow(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const lines = new Lines(onLine)
  stream.on('data', (chunk: Buffer) => lines.push(chunk))
  return new Promise((resolve) => {
    stream.once('close', () => {
      lines.end()
      resolve()
    })
  })
}

function terminate(child: ChildProcess): void {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
  child.once('exit', () => clearTimeout(timer))
}

function notInstalled(file: string, cause: Error): BuildFailure {
  return new BuildFailure(
    'build.tool-missing',
    `${file} is not installed on this machine, and the build needs it.`,
    { fix: `Install ${file} on the machine, so that it is in PATH of the platform's own process.` },
    { cause },
  )
}

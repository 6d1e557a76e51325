import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Duplex, PassThrough, pipeline, type Readable } from 'node:stream'
import type { Pipe } from '../engine.ts'
import { ChildStream } from './child-stream.ts'
import type { Launch } from './instance.ts'
import { mergedOutput } from './merged-output.ts'
import { ProcessGroup } from './process-group.ts'
import { inTerminal, type TerminalSize } from './terminal.ts'

export type Exec = { stream: Duplex; exited: Promise<number> }

/** Code of a command of which nobody knows how it ended. */
const UNKNOWN_EXIT = 137

/** Runs a command beside an instance: same directory, same environment; it ends with the instance. `temporary`: the instance's. */
export function execBeside(launch: Launch, temporary: string, command: string[], tty: TerminalSize | null): Exec {
  const { group, place } = spawnBeside(launch, temporary, command, tty)
  return { stream: streamOf(group), exited: exitCode(group, place) }
}

function spawnBeside(launch: Launch, temporary: string, command: string[], tty: TerminalSize | null = null) {
  const place = join(dirname(temporary), `exec-${randomBytes(6).toString('hex')}`)
  mkdirSync(place, { mode: 0o700 })
  const terminal = tty && inTerminal(command, tty, join(place, 'terminal'))
  const group = ProcessGroup.spawn(
    {
      name: 'paas-exec',
      argv: terminal?.argv ?? command,
      cwd: launch.directory,
      environment: { ...launch.environment, ...terminal?.environment },
      exitFile: join(place, 'exit'),
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
    },
    null,
  )
  return { group, place }
}

/** As execBeside without a terminal, with the outputs apart. */
export function pipeBeside(launch: Launch, temporary: string, command: string[]): Pipe {
  const { group, place } = spawnBeside(launch, temporary, command)
  const { stdin, stdout, stderr } = group.child ?? {}
  if (!stdin || !stdout || !stderr) throw new Error('a process that was started with pipes has them')
  stdin.on('error', () => {})
  return { stdin, stdout: passed(stdout), stderr: passed(stderr), exited: exitCode(group, place) }
}

/** Read to its end also when the program is gone before that; a reader that goes away closes it to the program. */
function passed(source: Readable): Readable {
  return pipeline(source, new PassThrough(), () => {})
}

/** A reader that goes away hangs up, as closing a terminal does. */
function streamOf(group: ProcessGroup): Duplex {
  const { child } = group
  if (!child?.stdin) throw new Error('a process that was started with pipes has them')
  return new ChildStream(child.stdin, mergedOutput(child), () => group.signal('SIGHUP'))
}

async function exitCode(group: ProcessGroup, place: string): Promise<number> {
  const { code } = await group.exited
  rmSync(place, { recursive: true, force: true })
  return code ?? UNKNOWN_EXIT
}

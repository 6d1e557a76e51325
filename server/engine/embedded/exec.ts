import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough, pipeline, type Readable, type Writable } from 'node:stream'
import type { ExecRequest, Exit, Pipe, RunHandle } from '../engine.ts'
import type { Launch } from './instance.ts'
import { kill } from './kill.ts'
import { carries } from './members.ts'
import { mergedOutput } from './merged-output.ts'
import { listStats } from './proc-stat.ts'
import { ProcessGroup } from './process-group.ts'
import { inTerminal, resizeTerminal } from './terminal.ts'

/** Code of a command of which nobody knows how it ended. */
const UNKNOWN_EXIT = 137

/** Runs a command beside an instance: same directory, same environment; it ends with the instance. `temporary`: the instance's. */
export function execBeside(launch: Launch, temporary: string, { mark, command, tty }: ExecRequest): RunHandle {
  const place = newPlace(temporary)
  const device = join(place, 'terminal')
  const { argv, environment } = tty ? inTerminal(command, tty, device) : { argv: command, environment: {} }
  const group = spawnBeside(launch, place, argv, { ...environment, PAAS_EXEC: mark }, mark)
  const { stdin, stdout, stderr } = pipesOf(group)
  return {
    id: mark,
    stdin,
    stdout: tty ? mergedOutput({ stdout, stderr }) : passed(stdout),
    stderr: tty ? null : passed(stderr),
    exited: ended(group, place),
    resize: async (columns, rows) => {
      if (tty) await resizeTerminal(device, { columns, rows })
    },
    signal: async (name) => (tty ? group.signalMembers(name) : group.signal(name)),
  }
}

/** Beside an instance without a terminal, with the outputs apart. */
export function pipeBeside(launch: Launch, temporary: string, command: string[]): Pipe {
  const place = newPlace(temporary)
  const group = spawnBeside(launch, place, command, {}, null)
  const { stdin, stdout, stderr } = pipesOf(group)
  const exited = ended(group, place).then(({ code }) => code ?? UNKNOWN_EXIT)
  return { stdin, stdout: passed(stdout), stderr: passed(stderr), exited }
}

/** Whatever carries the mark, whoever has started it. */
export function endMarked(mark: string): void {
  for (const { pid } of listStats()) if (carries(pid, mark)) kill(pid, 'SIGKILL')
}

function newPlace(temporary: string): string {
  const place = join(dirname(temporary), `exec-${randomBytes(6).toString('hex')}`)
  mkdirSync(place, { mode: 0o700 })
  return place
}

function spawnBeside(
  launch: Launch,
  place: string,
  argv: string[],
  more: Record<string, string>,
  mark: string | null,
): ProcessGroup {
  const command = {
    name: 'paas-exec',
    argv,
    cwd: launch.directory,
    environment: { ...launch.environment, ...more },
    exitFile: join(place, 'exit'),
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  } as const
  return ProcessGroup.spawn(command, mark)
}

function pipesOf({ child }: ProcessGroup): { stdin: Writable; stdout: Readable; stderr: Readable } {
  const { stdin, stdout, stderr } = child ?? {}
  if (!stdin || !stdout || !stderr) throw new Error('a process that was started with pipes has them')
  stdin.on('error', () => {})
  return { stdin, stdout, stderr }
}

/** Read to its end also when the program is gone before that; a reader that goes away closes it to the program. */
function passed(source: Readable): Readable {
  return pipeline(source, new PassThrough(), () => {})
}

async function ended(group: ProcessGroup, place: string): Promise<Exit> {
  const exit = await group.exited
  rmSync(place, { recursive: true, force: true })
  return exit
}

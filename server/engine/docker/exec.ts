import { type Duplex, PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { PaasError } from '../../errors.ts'
import type { ExecRequest, Exit, Pipe, RunHandle } from '../engine.ts'
import { type Connection, reasonOf, statusOf } from './connection.ts'
import { signalMarked } from './exec-signal.ts'
import { attached, DETACH_KEYS, pump } from './terminal.ts'

/** The engine ends the stream a moment before it knows the exit code. */
const EXIT_POLL_MS = 20

type Joined = { exec: Docker.Exec; socket: Duplex; exited: Promise<number> }

/** Runs a command inside a running container, and leaves nothing of it there when it has ended. */
export async function execIn(connection: Connection, id: string, request: ExecRequest): Promise<RunHandle> {
  const { mark, command, tty } = request
  const { exec, socket, exited } = await join(connection, id, command, tty, [`PAAS_EXEC=${mark}`])
  const { ended: _, ...streams } = attached(socket, tty !== null)
  return {
    id: mark,
    ...streams,
    exited: ended(connection, id, mark, exited),
    resize: async (columns, rows) => {
      if (tty) await connection.ask(() => exec.resize({ w: columns, h: rows })).catch(() => {})
    },
    signal: (name) => signalMarked(connection, id, mark, name),
  }
}

/** For programs, with the outputs apart; they have ended when `exited` resolves. */
export async function pipeIn(connection: Connection, id: string, command: string[]): Promise<Pipe> {
  const { socket, exited } = await join(connection, id, command, null)
  const outputs = { stdout: new PassThrough(), stderr: new PassThrough() }
  const pumped = pump(socket, outputs)
  return { stdin: socket, ...outputs, exited: pumped.then(() => exited) }
}

async function join(
  connection: Connection,
  id: string,
  command: string[],
  tty: ExecRequest['tty'],
  environment: string[] = [],
): Promise<Joined> {
  try {
    const exec = await connection.perform((docker) =>
      docker.getContainer(id).exec({
        Cmd: command,
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: tty !== null,
        Env: [...environment, ...(tty ? ['TERM=xterm'] : [])],
        DetachKeys: DETACH_KEYS,
        // Engines before 23 leave the size out: there it comes a moment after the start, by the resize.
        ...(tty && { ConsoleSize: [tty.rows, tty.columns] }),
      }),
    )
    const socket = await connection.perform(() => exec.start({ hijack: true, stdin: true, Tty: tty !== null }))
    if (tty) await connection.ask(() => exec.resize({ w: tty.columns, h: tty.rows })).catch(() => {})
    const exited = exitCode(connection, exec.id, socket)
    exited.catch(() => {})
    return { exec, socket, exited }
  } catch (error) {
    throw statusOf(error) === undefined ? error : notRunning(id, error)
  }
}

/** A container that is gone takes its commands along, and nobody sees how they ended. */
async function ended(connection: Connection, id: string, mark: string, exited: Promise<number>): Promise<Exit> {
  const code = await exited.catch(() => null)
  // Where the engine is away now, the line ends all the same.
  await signalMarked(connection, id, mark, 'SIGKILL').catch(() => {})
  return { code, signal: null, outOfMemory: false, at: new Date() }
}

async function exitCode(connection: Connection, execId: string, socket: Duplex): Promise<number> {
  await finished(socket, { writable: false, error: false }).catch(() => {})
  for (;;) {
    const state = await connection.ask((docker) => docker.getExec(execId).inspect())
    if (!state.Running) return state.ExitCode ?? 1
    await delay(EXIT_POLL_MS)
  }
}

function notRunning(id: string, error: unknown): PaasError {
  return new PaasError(
    'conflict',
    'instance.not-running',
    `The command was not run because the instance ${id.slice(0, 12)} is not running: ${reasonOf(error)}.`,
    { fix: 'See which instances run, or start a one-off instead.', command: 'paas ps' },
    { cause: error },
  )
}

import { type Duplex, PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { PaasError } from '../../errors.ts'
import type { Pipe } from '../engine.ts'
import { type Connection, reasonOf, statusOf } from './connection.ts'
import { merged, pump } from './terminal.ts'

/** The engine ends the stream a moment before it knows the exit code. */
const EXIT_POLL_MS = 20

type Joined = { socket: Duplex; exited: Promise<number> }

/** Runs a command inside a running container. `exited` resolves with the exit code after the output has ended. */
export async function execIn(
  connection: Connection,
  id: string,
  command: string[],
  tty: { columns: number; rows: number } | null,
): Promise<{ stream: Duplex; exited: Promise<number> }> {
  const { socket, exited } = await join(connection, id, command, tty)
  return { stream: tty ? socket : merged(socket), exited }
}

/** As execIn, with the outputs apart; they have ended when `exited` resolves. */
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
  tty: { columns: number; rows: number } | null,
): Promise<Joined> {
  try {
    const exec = await connection.perform((docker) =>
      docker.getContainer(id).exec({
        Cmd: command,
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: tty !== null,
        // Engines before 23 leave the size out: there it comes a moment after the start, by the resize.
        ...(tty && { Env: ['TERM=xterm'], ConsoleSize: [tty.rows, tty.columns] }),
      }),
    )
    const socket = await connection.perform(() => exec.start({ hijack: true, stdin: true, Tty: tty !== null }))
    if (tty) await connection.ask(() => exec.resize({ w: tty.columns, h: tty.rows })).catch(() => {})
    const exited = exitCode(connection, exec.id, socket)
    exited.catch(() => {})
    return { socket, exited }
  } catch (error) {
    throw statusOf(error) === undefined ? error : notRunning(id, error)
  }
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

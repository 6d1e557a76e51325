import { type Duplex, PassThrough, type Writable } from 'node:stream'
import type { RunHandle } from '../engine.ts'
import { frames } from './frames.ts'

/**
 * Nobody detaches here. The engine holds back what begins like its keys for that, which are Ctrl-P and Ctrl-Q unless named:
 * with these the keys of shells come through as they are typed.
 */
export const DETACH_KEYS = Array(5).fill('ctrl-^').join(',')

export type Outputs = { stdout: PassThrough; stderr: PassThrough }

/** Sorts an attached stream into the two outputs, as fast as they are read. Resolves when the stream has ended. */
export async function pump(source: AsyncIterable<Buffer>, outputs: Outputs): Promise<void> {
  try {
    for await (const { stream, payload } of frames(source)) await write(outputs[stream], payload)
  } catch {
    // The engine went away or the container was removed: what arrived until then is the output.
  } finally {
    outputs.stdout.end()
    outputs.stderr.end()
  }
}

export type Attached = Pick<RunHandle, 'stdin' | 'stdout' | 'stderr'> & { ended: Promise<unknown> }

/** The streams of a command behind the socket that the engine has attached to it. */
export function attached(socket: Duplex, tty: boolean): Attached {
  socket.on('error', () => {})
  const stdout = new PassThrough()
  if (tty) {
    const ended = new Promise((resolve) => socket.once('close', resolve))
    socket.once('close', () => stdout.end())
    return { stdin: socket, stdout: socket.pipe(stdout), stderr: null, ended }
  }
  const stderr = new PassThrough()
  return { stdin: socket, stdout, stderr, ended: pump(socket, { stdout, stderr }) }
}

async function write(output: Writable, payload: Buffer): Promise<void> {
  if (output.destroyed || output.write(payload)) return
  await new Promise<void>((resolve) => {
    const go = () => {
      output.off('drain', go).off('close', go)
      resolve()
    }
    output.on('drain', go).on('close', go)
  })
}

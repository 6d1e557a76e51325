import { Duplex, PassThrough, type Writable } from 'node:stream'
import { frames } from './frames.ts'

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

/** Both outputs on one readable, in order of arrival; what is written goes to the program's input. */
export function merged(socket: Duplex): Duplex {
  const output = new PassThrough()
  const joined = Duplex.from({ readable: output, writable: socket })
  void pumpBoth(socket, output)
  return joined
}

async function pumpBoth(source: AsyncIterable<Buffer>, output: Writable): Promise<void> {
  try {
    for await (const { payload } of frames(source)) await write(output, payload)
  } catch {
    // See pump().
  } finally {
    output.end()
  }
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

import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Pipe } from '../engine/engine.ts'
import { PaasError } from '../errors.ts'

/** Of what a program wrote before it failed. */
const KEPT_CHARACTERS = 2_000

/** What a program writes, as a stream that ends well only if the program does: half a dump never passes for a whole one. */
export function outputOf(pipe: Pipe, program: string, signal: AbortSignal): Readable {
  const output = new PassThrough()
  const said = text(pipe.stderr)
  const stop = () => {
    pipe.stdout.destroy()
    output.destroy(signal.reason)
  }
  signal.addEventListener('abort', stop, { once: true })
  pipe.stdout.on('error', (error) => output.destroy(error))
  // A reader that goes away ends the program.
  output.once('close', () => pipe.stdout.destroy())
  pipe.stdout.pipe(output, { end: false })
  void pipe.exited
    .then(async (code) => {
      if (code !== 0) output.destroy(programFailed(program, code, await said))
      else if (pipe.stdout.readableEnded) output.end()
      else pipe.stdout.once('end', () => output.end())
    })
    .catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))))
    .finally(() => signal.removeEventListener('abort', stop))
  return output
}

export function programFailed(program: string, code: number, said: string): PaasError {
  const words = said.trim().slice(-KEPT_CHARACTERS)
  return new PaasError('failed', 'addon.dump', `${program} ended with ${code}: ${words || 'it gave no reason'}`, {
    fix: 'Nothing was changed. See the log of the server.',
  })
}

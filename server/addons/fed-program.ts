import type { Readable, Transform } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Pipe } from '../engine/engine.ts'
import { PaasError } from '../errors.ts'
import { programFailed } from './piped-output.ts'

type Fed = { before: string; from: Readable; through?: Transform[]; signal: AbortSignal }

/** Feeds a program all of a stream, behind some text of ours, and waits for its end. Throws why it gave up. */
export async function fedTo(pipe: Pipe, program: string, { before, from, through = [], signal }: Fed): Promise<void> {
  const said = Promise.all([text(pipe.stderr), text(pipe.stdout)])
  pipe.stdin.on('error', () => {})
  pipe.stdin.write(before)
  // A program that gave up says why; that its input broke off says nothing.
  const broken = await pipeline([from, ...through, pipe.stdin], { signal }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (broken !== undefined) pipe.stdin.destroy()
  const code = await pipe.exited
  signal.throwIfAborted()
  // What we saw in the input goes before what the program made of half a statement.
  if (broken instanceof PaasError) throw broken
  if (code !== 0) throw programFailed(program, code, (await said)[0])
  if (broken !== undefined) throw broken
}

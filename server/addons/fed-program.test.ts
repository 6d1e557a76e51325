import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable, Transform } from 'node:stream'
import { expect, test } from 'vitest'
import type { Pipe } from '../engine/engine.ts'
import { PaasError } from '../errors.ts'
import { fedTo } from './fed-program.ts'

function shell(script: string): Pipe {
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'pipe' })
  return { ...child, exited: once(child, 'close').then(([code]) => Number(code)) } as Pipe
}

const signal = AbortSignal.timeout(60_000)

function endless(): Readable {
  return Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(16 * 1024, 'x')
    })(),
  )
}

test('a program that gives up says why', async () => {
  const fed = fedTo(shell('head -c 10 >&2; exit 3'), 'it', { before: '', from: endless(), signal })
  await expect(fed).rejects.toThrow('it ended with 3: xxxxxxxxxx')
})

test('an input that we find broken is told as that, whatever the program says to half of it', async () => {
  const through = new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => done(new PaasError('failed', 'addon.dump', 'The dump is cut off.')),
  })
  const from = Readable.from([Buffer.from('half')])
  const fed = fedTo(shell('cat >&2; exit 1'), 'it', { before: '', from, through: [through], signal })
  await expect(fed).rejects.toThrow('The dump is cut off.')
})

import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BuildOutputs } from './build-output.ts'

const never = new AbortController().signal

test('what was printed is read live and afterwards', async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'paas-output-'))
  const outputs = new BuildOutputs(directory.path)
  const output = outputs.open('bld_1')
  const live = all(outputs.read('bld_1', never))
  output.push('one')
  output.push('two')
  await output.end()
  const lines = [
    { n: 1, text: 'one' },
    { n: 2, text: 'two' },
  ]
  expect(await live).toEqual(lines)
  expect(await all(outputs.read('bld_1', never))).toEqual(lines)
})

test('an app that prints without end is cut off, with a line that says so', async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'paas-output-'))
  const outputs = new BuildOutputs(directory.path)
  const output = outputs.open('bld_1')
  for (let n = 0; n < 2_000; n++) output.push('x'.repeat(16_384))
  await output.end()
  const lines = await all(outputs.read('bld_1', never))
  expect(lines.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(9_000_000)
  expect(lines.at(-1)?.text).toMatch(/not kept/)
})

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const value of values) read.push(value)
  return read
}

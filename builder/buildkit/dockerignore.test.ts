import { expect, test } from 'vitest'
import { dockerIgnore } from './dockerignore.ts'

const PATHS = [
  'a',
  'node_modules/x/y.js',
  'src/node_modules/z',
  'src/a.log',
  'b.log',
  'c++/(x).txt',
  'README.md',
  'docs/README.md',
]

function kept(...lines: string[]): string[] {
  return PATHS.filter(dockerIgnore(lines.join('\n')))
}

function dropped(...lines: string[]): string[] {
  const keep = new Set(kept(...lines))
  return PATHS.filter((path) => !keep.has(path))
}

test('a name matches at the root only, with everything below it', () => {
  expect(dropped('node_modules')).toEqual(['node_modules/x/y.js'])
  expect(dropped('/node_modules/')).toEqual(['node_modules/x/y.js'])
  expect(dropped('a')).toEqual(['a'])
})

test('two stars span any number of directories, one star none', () => {
  expect(dropped('**/node_modules')).toEqual(['node_modules/x/y.js', 'src/node_modules/z'])
  expect(dropped('*.log')).toEqual(['b.log'])
  expect(dropped('**/*.log')).toEqual(['src/a.log', 'b.log'])
  expect(dropped('src/**')).toEqual(['src/node_modules/z', 'src/a.log'])
})

test('the last match decides, so exceptions come after what they except', () => {
  expect(kept('*', '!README.md')).toEqual(['README.md'])
  expect(dropped('!README.md', '**/README.md')).toEqual(['README.md', 'docs/README.md'])
  expect(dropped('src', '!src/a.log')).toEqual(['src/node_modules/z'])
})

test('comments, blank lines, and lines that mean everything or nothing do no harm', () => {
  expect(dropped('# a', '', '   ', '!', '.', '/')).toEqual([])
})

test('characters that mean something elsewhere are plain here', () => {
  expect(dropped('c++')).toEqual(['c++/(x).txt'])
  expect(dropped('c++/(x).txt')).toEqual(['c++/(x).txt'])
  expect(dropped('b.lo?', '[r]eadme', '\\a')).toEqual(['a', 'b.log'])
  expect(dropped('[a-b]*')).toEqual(['a', 'b.log'])
})

test('Windows line ends are no part of a pattern', () => {
  expect(dropped('a\r', 'b.log\r')).toEqual(['a', 'b.log'])
})

test('a range that cannot be read is taken as text', () => {
  expect(dropped('[z-a]')).toEqual([])
})

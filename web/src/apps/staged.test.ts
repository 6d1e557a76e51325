import { expect, test } from 'vitest'
import { nameMistake, readDotenv, stagedOf, undoOf } from './staged.ts'

test('a .env file is read with its comments, quotes and exports', () => {
  const text = `
# database
DATABASE_URL=postgres://a:b@c/d?e=f
export TOKEN="two\\nlines and a \\"quote\\""
PLAIN = it's fine
SINGLE='kept \\n as it is'
EMPTY=
1BAD=x
`
  expect(readDotenv(text)).toEqual({
    vars: {
      DATABASE_URL: 'postgres://a:b@c/d?e=f',
      TOKEN: 'two\nlines and a "quote"',
      PLAIN: "it's fine",
      SINGLE: 'kept \\n as it is',
      EMPTY: '',
    },
    bad: ['1BAD=x'],
  })
})

test('values of many lines are read as `paas config:export` writes them', () => {
  const key = '-----BEGIN KEY-----\nMIIB=\n\n# no comment\n-----END KEY-----'
  const text = `A='${key}'\r\nB="${key}"\nC=\`it's "${key}"\`\nOPEN="not closed\nLAST='x' y`
  expect(readDotenv(text)).toEqual({
    vars: { A: key, B: key, C: `it's "${key}"`, OPEN: '"not closed', LAST: "'x' y" },
    bad: [],
  })
  expect(readDotenv('# A=1\n\n  not one\n=x\nB=2  ')).toEqual({ vars: { B: '2' }, bad: ['not one', '=x'] })
})

test.each(['A', '_a1', 'a_B'])('%s can be the name of a config var', (name) => {
  expect(nameMistake(name)).toBeUndefined()
})
test.each(['', '1A', '__A', 'A-B', 'A B'])('%j cannot', (name) => {
  expect(nameMistake(name)).toBeDefined()
})

test('edits of one app are kept, and are not those of another', () => {
  stagedOf('shop').set({ A: '1' })
  expect(stagedOf('shop').value).toEqual({ A: '1' })
  expect(stagedOf('blog').value).toEqual({})
})

test.each([
  [{ NEW: 'a' }, undefined, { NEW: null }],
  [{ NEW: 'a', OLD: 'b' }, undefined, undefined],
  [{ NEW: 'a', OLD: 'b' }, { OLD: 'before' }, { NEW: null, OLD: 'before' }],
  [{ OLD: null }, { OLD: '' }, { OLD: '' }],
])('%j, with %j seen before, is taken back by %j', (staged, values, expected) => {
  expect(undoOf(staged, new Set(['OLD']), values)).toEqual(expected)
})

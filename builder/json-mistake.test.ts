import { expect, test } from 'vitest'
import { findJsonMistake } from './json-mistake.ts'

test.each(['{}', ' [1, -2.5e3, true, null, "a\\n\\u00e9 \u2028"] ', '"x"', '{"a": {"b": [[]]}}'])(
  '%j is JSON',
  (text) => {
    expect(() => JSON.parse(text)).not.toThrow()
    expect(findJsonMistake(text)).toBeUndefined()
  },
)

test.each([
  ['{\n  "a": 1,\n}', 3, 1, '}'],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, '"b":'],
  ['<<<<<<< HEAD\n{}', 1, 1, '<<<<<<<'],
  ['{"a": tru}', 1, 7, 'tru}'],
  ['{"a": 1', 1, 8, 'the end of the file'],
  ["{'a': 1}", 1, 2, "'a':"],
  ['{"a": 01}', 1, 8, '1}'],
  ['{"a": "x\ny"}', 1, 7, '"x'],
  ['{} {}', 1, 4, '{}'],
  ['', 1, 1, 'the end of the file'],
])('%j stops being JSON at line %i, column %i', (text, line, column, found) => {
  expect(() => JSON.parse(text)).toThrow()
  expect(findJsonMistake(text)).toEqual({ line, column, found })
})

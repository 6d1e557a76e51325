import { expect, test } from 'vitest'
import { pieces, plainText } from './ansi.ts'

test.each([
  ['plain', [['plain', '']]],
  [
    '\x1b[31mred\x1b[0m plain',
    [
      ['red', 'ansi-red'],
      [' plain', ''],
    ],
  ],
  [
    '\x1b[1;92mbold\x1b[22m green',
    [
      ['bold', 'ansi-green ansi-bold'],
      [' green', 'ansi-green'],
    ],
  ],
  [
    '\x1b[38;5;4mblue \x1b[38;5;200mother \x1b[38;2;1;2;3mexact',
    [
      ['blue ', 'ansi-blue'],
      ['other ', ''],
      ['exact', ''],
    ],
  ],
  [
    '\x1b[2K\x1b[1Gdone\x1b]8;;http://x.test\x07link\x1b]8;;\x07',
    [
      ['done', ''],
      ['link', ''],
    ],
  ],
  ['a\x1b[', [['a\x1b[', '']]],
  ['', [['', '']]],
])('%j is shown in pieces', (line, expected) => {
  expect(pieces(line).map(({ text, style }) => [text, style])).toEqual(expected)
})

test('markup is text like any other', () => {
  expect(pieces('<img src=x onerror=alert(1)>')).toEqual([{ text: '<img src=x onerror=alert(1)>', style: '' }])
})

test('what is filtered and copied has no escape sequences', () => {
  expect(plainText('\x1b[31mred\x1b[0m \x1b[4mline\x1b[24m')).toBe('red line')
})

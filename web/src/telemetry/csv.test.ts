import { expect, test } from 'vitest'
import { csvText } from './csv.ts'

test('fields are quoted where they must be', () => {
  expect(
    csvText(
      ['a', 'b'],
      [
        ['plain', 'with, a comma'],
        ['say "hi"', 'two\nlines'],
      ],
    ),
  ).toBe('a,b\r\nplain,"with, a comma"\r\n"say ""hi""","two\nlines"\r\n')
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("x","y")'])(
  '%j is no formula any more',
  (text) => {
    expect(csvText([], [[text]]).split('\r\n')[1]).toMatch(/^"?'/)
  },
)

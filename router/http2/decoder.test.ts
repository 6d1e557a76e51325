import { describe, expect, test } from 'vitest'
import { CompressionError, Decoder } from './decoder.ts'

type Example = { name: string; blocks: [hex: string, fields: string][] }

/** RFC 7541 appendices C.2 to C.6; fields as `name: value`, one a line. */
const EXAMPLES: Example[] = [
  {
    name: 'C.2.1 literal with indexing',
    blocks: [['400a637573746f6d2d6b65790d637573746f6d2d686561646572', 'custom-key: custom-header']],
  },
  { name: 'C.2.2 literal without indexing', blocks: [['040c2f73616d706c652f70617468', ':path: /sample/path']] },
  { name: 'C.2.3 literal never indexed', blocks: [['100870617373776f726406736563726574', 'password: secret']] },
  { name: 'C.2.4 indexed', blocks: [['82', ':method: GET']] },
  {
    name: 'C.3 requests without Huffman coding',
    blocks: [
      [
        '828684410f7777772e6578616d706c652e636f6d',
        ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com',
      ],
      [
        '828684be58086e6f2d6361636865',
        ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache',
      ],
      [
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
        ':method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value',
      ],
    ],
  },
  {
    name: 'C.4 requests with Huffman coding',
    blocks: [
      ['828684418cf1e3c2e5f23a6ba0ab90f4ff', ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com'],
      [
        '828684be5886a8eb10649cbf',
        ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache',
      ],
      [
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
        ':method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value',
      ],
    ],
  },
]

const decoded = (decoder: Decoder, hex: string): string => {
  const lines: string[] = []
  const bytes = Buffer.from(hex, 'hex')
  decoder.decode(bytes, 0, bytes.length, { take: ({ name, value }) => void lines.push(`${name}: ${value}`) })
  return lines.join('\n')
}

test.each(EXAMPLES)('example $name of RFC 7541', ({ blocks }) => {
  const decoder = new Decoder()
  for (const [hex, fields] of blocks) expect(decoded(decoder, hex)).toBe(fields)
})

test('example C.6 of RFC 7541: a table of 256 bytes drops its oldest entries', () => {
  const decoder = new Decoder()
  const first =
    '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3'
  const fields = (status: string, second: string) =>
    `:status: ${status}\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:${second} GMT\nlocation: https://www.example.com`
  expect(decoded(decoder, `3fe101${first}`)).toBe(fields('302', '21'))
  expect(decoded(decoder, '4883640effc1c0bf')).toBe(fields('307', '21'))
  const third =
    '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007'
  expect(decoded(decoder, third)).toBe(
    `${fields('200', '22')}\ncontent-encoding: gzip\nset-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1`,
  )
  // Only the last three are left, so the fourth from the top is gone.
  expect(() => decoded(decoder, 'c1')).toThrow(CompressionError)
})

describe('refused', () => {
  test.each([
    ['index 0', '80'],
    ['an index beyond both tables', 'be'],
    ['a number without its end', 'ff'],
    ['a number of many bytes', 'ffffffffffffffffff01'],
    ['a string that is longer than its block', '400a6375'],
    ['a literal without its value', '4001780a'],
    ['a padding of more than 7 bits', '0481ff'],
    ['a padding of zeros', '04821f00'],
    ['the end-of-string symbol', '0484ffffffff'],
    ['a table larger than we allow', '3fe21f'],
    ['a size update after a field', '8220'],
    ['three size updates', '20202082'],
  ])('%s', (_name, hex) => {
    expect(() => decoded(new Decoder(), hex)).toThrow(CompressionError)
  })
})

test('an entry larger than the table empties it and is still a field', () => {
  const decoder = new Decoder()
  const [length, large] = ['7f8926', '61'.repeat(5_000)]
  expect(decoded(decoder, '400161026262')).toBe('a: bb')
  expect(decoded(decoder, 'be')).toBe('a: bb')
  expect(decoded(decoder, `400161${length}${large}`)).toBe(`a: ${'a'.repeat(5_000)}`)
  expect(() => decoded(decoder, 'be')).toThrow(CompressionError)
})

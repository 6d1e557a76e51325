import { expect, test } from 'vitest'
import { bytesField, fields, varintField } from './protobuf.ts'

test('what was written is read back', () => {
  const message = Buffer.concat([varintField(1, 300), bytesField(2, Buffer.from('name')), varintField(16, 2 ** 40)])
  expect([...fields(message)]).toEqual([
    { number: 1, value: 300 },
    { number: 2, value: Buffer.from('name') },
    { number: 16, value: 2 ** 40 },
  ])
})

test('varints have the bytes of the specification', () => {
  expect(varintField(1, 150)).toEqual(Buffer.from([0x08, 0x96, 0x01]))
})

test('fixed-width fields are passed over', () => {
  const fixed = Buffer.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4])
  expect([...fields(Buffer.concat([fixed, varintField(3, 7)]))]).toEqual([{ number: 3, value: 7 }])
})

test.each([
  ['a length beyond the end', Buffer.from([0x0a, 0x05, 0x61])],
  ['a varint that never ends', Buffer.from([0x08, 0x80])],
  ['a wire type that does not exist', Buffer.from([0x0f])],
])('%s is refused', (_, message) => {
  expect(() => [...fields(message)]).toThrow('Not a protobuf message')
})

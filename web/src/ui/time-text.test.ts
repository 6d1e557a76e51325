import { expect, test } from 'vitest'
import { sizeText } from './size.ts'
import { agoText, durationText } from './time-text.ts'

test.each([
  [-3_000, 'just now'],
  [-42_000, '42 sec. ago'],
  [-180_000, '3 min. ago'],
  [-7_200_000, '2 hr. ago'],
  [14 * 86_400_000, 'in 14 days'],
  [-800 * 86_400_000, '2 yr. ago'],
])('%i ms from now is %s', (ms, text) => {
  expect(agoText(ms)).toBe(text)
})

test.each([
  [87, '87 ms'],
  [12_345, '12.3 s'],
  [59_970, '1 min 0 s'],
  [119_700, '2 min 0 s'],
  [125_000, '2 min 5 s'],
])('%i ms lasts %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test.each([
  [0, '0 B'],
  [1_536, '1.5 kB'],
  [200 * 1024 ** 2, '200 MB'],
  [1.4 * 1024 ** 3, '1.4 GB'],
])('%i bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})

import { expect, test } from 'vitest'
import { stepStates } from './flow-steps.ts'

const drawn = (...states: Parameters<typeof stepStates>) =>
  stepStates(...states)
    .map((state) => ({ done: '=', now: '>', failed: '!', ahead: '.' })[state])
    .join('')

test.each([
  ['queued', 'queued', '>.......'],
  ['building', 'queued', '=>......'],
  ['probing', 'starting', '====>...'],
  ['draining', 'promoting', '======>.'],
  ['live', 'retiring', '========'],
  ['failed', 'releasing', '==!.....'],
  ['canceled', 'building', '=!......'],
  ['superseded', 'queued', '!.......'],
] as const)('%s, last seen %s, is drawn %s', (state, seenLast, expected) => {
  expect(drawn(state, seenLast)).toBe(expected)
})

import { expect, test } from 'vitest'
import { stepStates, underWay } from './flow-steps.ts'

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

test.each([
  ['queued', null, true],
  ['failed', null, false],
  ['succeeded', 'probing', true],
  ['succeeded', 'live', false],
  ['succeeded', 'superseded', false],
] as const)('a build that is %s, with its deploy %s, is under way: %s', (state, deploy, expected) => {
  expect(underWay({ state, deploy })).toBe(expected)
})

import { expect, test } from 'vitest'
import { fits } from './fits.ts'
import { match } from './match.ts'

test.each([
  ['/apps/:app', '/apps/shop', { app: 'shop' }],
  ['/apps/:app', '/apps/shop/', { app: 'shop' }],
  ['/apps/:app/builds/:build', '/apps/shop/builds/bld_1', { app: 'shop', build: 'bld_1' }],
  ['/apps/:app', '/apps/a%20b', { app: 'a b' }],
  ['/apps/:app', '/apps/%zz', { app: '%zz' }],
  ['/apps/:app', '/apps', undefined],
  ['/apps/:app', '/box/shop', undefined],
  ['/', '/', {}],
])('%s against %s', (pattern, path, expected) => {
  expect(match(pattern, path)).toEqual(expected)
})

test.each([
  ['shop Activity', 'sact', true],
  ['shop Activity', 'Shop act', true],
  ['shop Activity', 'yt', false],
  ['Box', '', true],
])('%s by the letters %j: %s', (label, text, expected) => {
  expect(fits(label, text)).toBe(expected)
})

import { expect, test } from 'vitest'
import { shortVersion } from './source-version.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'

test.each([
  [COMMIT, '0123456'],
  [`${COMMIT}-dirty`, '0123456-dirty'],
  ['upload-0123456789ab', 'upload-0123456789ab'],
  ['v1.2.3', 'v1.2.3'],
])('%s is shown as %s', (version, shown) => {
  expect(shortVersion(version)).toBe(shown)
})

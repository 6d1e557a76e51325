import { expect, test } from 'vitest'
import { Phases } from './phases.ts'

test('a phase lasts until the next one or the end, and the mark belongs to the one under way', () => {
  let now = 0
  const phases = new Phases(() => now)
  phases.markCached()
  phases.begin('Installing dependencies')
  phases.markCached()
  now = 10.4
  phases.begin('Building')
  now = 100
  expect(phases.list).toEqual([{ name: 'Installing dependencies', ms: 10, cached: true }])
  phases.end()
  phases.end()
  expect(phases.list[1]).toEqual({ name: 'Building', ms: 90, cached: false })
  expect(phases.list).toHaveLength(2)
})

import { expect, test } from 'vitest'
import { planExample } from './example-plan.ts'
import { foldedSteps } from './folded-steps.ts'

test('what would be done aside is done at the end of the last step, with the caches of both', () => {
  const { steps } = planExample('node-build')
  const [install, aside, script] = steps
  const folded = foldedSteps(steps)
  expect(folded[0]).toEqual(install)
  expect(folded.slice(1).map(({ commands }) => commands)).toEqual([
    [...(script?.commands ?? []), ...(aside?.commands ?? [])],
  ])
  expect(folded[1]?.caches).toEqual(script?.caches)
})

test('steps without one aside stay as they are', () => {
  const { steps } = planExample('node-yarn-pnp')
  expect(foldedSteps(steps)).toEqual(steps)
  expect(foldedSteps([])).toEqual([])
})

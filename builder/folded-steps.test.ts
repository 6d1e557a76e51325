import { expect, test } from 'vitest'
import { planExample } from './example-plan.ts'
import { foldedPlan, foldedSteps } from './folded-steps.ts'
import { allSteps, type BuildStep } from './plan.ts'

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

test('assets come first, and the image has the whole tree, while a step of the run image keeps its place behind what was aside', () => {
  const plan = foldedPlan(planExample('python-django-uv'))
  expect(plan.steps.map(({ name }) => name)).toEqual(allSteps(planExample('python-django-uv')).map(({ name }) => name))
  expect(plan).toMatchObject({ outputs: ['.'] })
  const { steps } = planExample('node-build')
  const last = { ...(steps[0] as BuildStep), name: 'last', inRunImage: true as const }
  expect(foldedSteps([...steps, last]).map(({ commands }) => commands.length)).toEqual([1, 2, 1])
})

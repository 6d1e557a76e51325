import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exampleNames, goldenFile, planExample } from './example-plan.ts'

test.each(exampleNames())('the plan of examples/%s is the one that was read and agreed to', (example) => {
  expect(planExample(example)).toEqual(JSON.parse(readFileSync(goldenFile(example), 'utf8')))
})

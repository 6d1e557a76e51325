/** Writes the golden plans of all examples anew: `node builder/examples/update.ts`, then read the diff. */
import { writeFileSync } from 'node:fs'
import { exampleNames, goldenFile, planExample } from '../example-plan.ts'

for (const example of exampleNames()) {
  writeFileSync(goldenFile(example), `${JSON.stringify(planExample(example), null, 2)}\n`)
}

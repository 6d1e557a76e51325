import { afterAll, beforeAll, describe } from 'vitest'
import { Bench, type EngineHarness } from './engine-contract/bench.ts'
import { execsContract } from './engine-contract/execs.ts'
import { instancesContract } from './engine-contract/instances.ts'
import { keepingContract } from './engine-contract/keeping.ts'
import { observationContract } from './engine-contract/observation.ts'
import { outputContract } from './engine-contract/output.ts'
import { removalContract } from './engine-contract/removal.ts'
import { runsContract } from './engine-contract/runs.ts'

/** What every engine promises to what stands above it. Run it against each: `engineContract('docker', makeHarness)`. */
export function engineContract(name: string, makeHarness: () => Promise<EngineHarness>): void {
  describe(`the ${name} engine`, () => {
    const bench = new Bench()
    beforeAll(async () => bench.open(await makeHarness()))
    afterAll(() => bench.close())

    describe('instances', () => instancesContract(bench))
    describe('removal', () => removalContract(bench))
    describe('output', () => outputContract(bench))
    describe('one-offs', () => runsContract(bench))
    describe('commands inside instances', () => execsContract(bench))
    describe('what keeps data', () => keepingContract(bench))
    describe('observation', () => observationContract(bench))
  })
}

import { createLog } from '../../log.ts'
import { EmbeddedEngine } from '../embedded.ts'
import type { Workload } from '../engine.ts'

/** A server of its own process, to be killed: `node server.fixture.ts <directory> <workload as JSON>`; prints what apply returned. */
const [directory = '', workload = ''] = process.argv.slice(2)
const engine = new EmbeddedEngine({ directory, log: createLog('fixture', 'error') })
await engine.start()
const instances = await engine.apply(JSON.parse(workload) as Workload)
process.stdout.write(`${JSON.stringify(instances)}\n`)
setInterval(() => {}, 1_000)

import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LocalBox } from '../scripts/local-box.ts'
import { SampleApp } from '../scripts/sample-app.ts'
import { get, Load, median } from './load.ts'
import { printTable } from './table.ts'

const APP = 'bench'
const HOST = `${APP}.localhost`
const TIMED_PUSHES = 10
const LOADED_PUSHES = 20
const ROLLBACKS = 5
const LOAD_PER_SECOND = 200
const POLL_MS = 5

type EngineResult = { live_ms: number; failed: number; rollback_ms: number }

/**
 * Code-only pushes of a small Node app, warm: from the start of `git push` to the first answer of the new release
 * through the router. Then twenty of them under load, and rollbacks.
 */
export async function bench(args: string[]): Promise<Partial<Record<'docker' | 'embedded', EngineResult>>> {
  const { values } = parseArgs({ args, options: { engine: { type: 'string' } } })
  const engines = (values.engine ? [values.engine] : ['docker', 'embedded']) as ('docker' | 'embedded')[]
  const result: Partial<Record<'docker' | 'embedded', EngineResult>> = {}
  const rows: (string | number)[][] = [['engine', 'live ms (median)', 'min', 'max', 'sent', 'failed', 'rollback ms']]
  for (const engine of engines) {
    const { row, ...numbers } = await benchEngine(engine)
    result[engine] = numbers
    rows.push(row)
  }
  printTable(rows)
  return result
}

async function benchEngine(engine: 'docker' | 'embedded'): Promise<EngineResult & { row: (string | number)[] }> {
  await using box = await LocalBox.start({ engine })
  const app = await SampleApp.create(box, APP)
  await app.deploy()
  await push(box, app, 2)
  const times: number[] = []
  for (let n = 0; n < TIMED_PUSHES; n += 1) times.push(await push(box, app, n + 3))
  const rollbacks: number[] = []
  for (let n = 0; n < ROLLBACKS; n += 1) rollbacks.push(await rollBack(box))
  const load = new Load({ port: box.ports.http, host: HOST, perSecond: LOAD_PER_SECOND })
  await pause(1_000)
  for (let n = 0; n < LOADED_PUSHES; n += 1) await push(box, app)
  await pause(1_000)
  const { sent, failed, failures } = await load.stop()
  for (const failure of failures) process.stderr.write(`failed: ${failure}\n`)
  const live = Math.round(median(times))
  const rollback = Math.round(median(rollbacks))
  const row = [engine, live, Math.round(Math.min(...times)), Math.round(Math.max(...times)), sent, failed, rollback]
  return { live_ms: live, failed, rollback_ms: rollback, row }
}

/** Resolves with the milliseconds to the first answer of the expected release; without one, to the end of the push. */
async function push(box: LocalBox, app: SampleApp, release?: number): Promise<number> {
  await app.changeCode(`change ${performance.now()}`)
  await pause(300)
  const begun = performance.now()
  const live = release === undefined ? undefined : firstAnswer(box, `v${release}`)
  await app.deploy()
  await live
  return ((await live) ?? performance.now()) - begun
}

async function firstAnswer(box: LocalBox, release: string): Promise<number> {
  for (;;) {
    const { body } = await get({ port: box.ports.http, host: HOST, path: '/release' })
    if (body.includes(`"${release}"`)) return performance.now()
    await pause(POLL_MS)
  }
}

async function rollBack(box: LocalBox): Promise<number> {
  const api = box.client()
  const begun = performance.now()
  const { deploy } = await api.call('releases.rollback', { params: { app: APP }, body: {} })
  for await (const state of api.stream('deploys.watch', { params: { app: APP, deploy } })) {
    if (state.serving) return performance.now() - begun
    if (state.final) throw new Error(`the rollback ended as ${state.state}: ${state.reason}`)
  }
  throw new Error('the rollback was not seen to end')
}

import { CASES } from './cases.ts'
import { type Effort, hundredths, measure, middle, type Row, report } from './measure.ts'
import { host, type ProxyName, type Rival, type Stage, startProxy } from './proxies.ts'

const MANY_HOSTS = 10_000

/** Log read by somebody, metrics and limits, beside nginx with its access log and limits. */
export async function full(stage: Stage, effort: Effort, rows: Row[]): Promise<Partial<Record<ProxyName, number>>> {
  await using stack = new AsyncDisposableStack()
  const rivals: Rival[] = []
  for (const name of ['router', 'nginx'] as const) {
    const rival = await startProxy(name, stage, { label: `${name} full`, full: true })
    stack.use(rival.program)
    rivals.push(rival)
  }
  return report('full', await measure(stage.directory, rivals, CASES.get, effort), rows)
}

/** What the log adds to the processor time of a small request, as a share of it, when somebody reads it. */
export async function logCost(stage: Stage, effort: Effort, rows: Row[]): Promise<number> {
  await using stack = new AsyncDisposableStack()
  const rivals: Rival[] = []
  for (const log of [true, false]) {
    const rival = await startProxy('router', stage, { label: log ? 'router with log' : 'router without', log })
    stack.use(rival.program)
    rivals.push(rival)
  }
  const samples = await measure(stage.directory, rivals, CASES.get, effort)
  report('log', samples, rows)
  const [logged = Number.NaN, silent = Number.NaN] = rivals.map((rival) => middle(samples, rival, ({ cpu }) => cpu))
  return hundredths(logged / silent - 1)
}

/** Processor time per request with ten thousand hosts in the table, as a multiple of that with one. */
export async function manyHosts(stage: Stage, effort: Effort, rows: Row[]): Promise<number> {
  await using stack = new AsyncDisposableStack()
  const times: number[] = []
  const rivals: Rival[] = []
  for (const hosts of [MANY_HOSTS, 1]) {
    const rival = await startProxy('router', stage, { label: `${hosts} hosts`, hosts })
    stack.use(rival.program)
    rivals.push(rival)
  }
  const samples = await measure(stage.directory, rivals, { ...CASES.get, headers: [`Host: ${host(0)}`] }, effort)
  for (const rival of rivals) times.push(middle(samples, rival, ({ cpu }) => cpu))
  report('hosts10k', samples, rows)
  const [many = Number.NaN, one = Number.NaN] = times
  return hundredths(many / one)
}

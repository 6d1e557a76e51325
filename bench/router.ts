import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { certificateFor } from '../router/tls/testing/self-signed.ts'
import { CASES, type CaseName } from './router/cases.ts'
import { IDLE_KINDS, type IdleKind, idleKb } from './router/idle.ts'
import { type Effort, HEADINGS, measure, type Row, report } from './router/measure.ts'
import { type ProxyName, type Rival, type Stage, startProxy, TLS_NAMES } from './router/proxies.ts'
import { p99Ratio } from './router/steady.ts'
import { startUpstreams } from './router/upstream.ts'
import { full, logCost, manyHosts } from './router/variants.ts'
import { printTable } from './table.ts'

const PARTS = ['full', 'log', 'hosts10k', 'p99', 'idle']
const FULL = { rounds: 5, seconds: 2, connections: 3_000 }
const QUICK = { rounds: 1, seconds: 1, connections: 1_500 }

type Result = {
  ratios: Record<string, Partial<Record<ProxyName, number>>>
  /** As a share of the processor time without it. */
  log_cost?: number
  hosts10k_vs_1?: number
  idle_kb?: Partial<Record<IdleKind, number>>
  p99_ratio_nginx?: number
}

/**
 * Processor time per request of the router and of its peers, the same work in turns so that all see the same machine;
 * then what hosts, features and idle connections cost. `--quick` takes under three minutes and is rough; `--proxies a,b`,
 * `--cases a,b`, `--rounds n`, `--seconds n` choose.
 */
export async function bench(args: string[]): Promise<Result> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      proxies: { type: 'string', default: 'nginx,haproxy,caddy' },
      cases: { type: 'string', default: [...Object.keys(CASES), ...PARTS].join(',') },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
    },
  })
  const { rounds, seconds, connections } = values.quick ? QUICK : FULL
  const effort = { rounds: Number(values.rounds ?? rounds), seconds: Number(values.seconds ?? seconds) }
  await using stack = new AsyncDisposableStack()
  const stage = await openStage(stack)
  const rows: Row[] = [HEADINGS]
  const wanted = values.cases.split(',')
  const peers = values.proxies.split(',').filter(Boolean) as ProxyName[]
  const { ratios, p99 } = await comparePeers(stage, peers, wanted, effort, rows)
  const result: Result = { ratios }
  if (wanted.includes('full')) ratios['full'] = await full(stage, effort, rows)
  if (wanted.includes('log')) result.log_cost = await logCost(stage, effort, rows)
  if (wanted.includes('hosts10k')) result.hosts10k_vs_1 = await manyHosts(stage, effort, rows)
  if (wanted.includes('idle')) result.idle_kb = await measureIdle(stage, connections, rows)
  if (p99 !== undefined) result.p99_ratio_nginx = p99
  printTable(rows)
  return result
}

async function openStage(stack: AsyncDisposableStack): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-router-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  const upstreams = stack.use(await startUpstreams(directory))
  return { directory, upstreams, certificate: await certificateFor(TLS_NAMES) }
}

async function comparePeers(
  stage: Stage,
  peers: ProxyName[],
  wanted: string[],
  effort: Effort,
  rows: Row[],
): Promise<{ ratios: Result['ratios']; p99: number | undefined }> {
  await using stack = new AsyncDisposableStack()
  const proxies: Rival[] = []
  for (const name of ['router', ...peers] as ProxyName[]) {
    const proxy = await startProxy(name, stage)
    stack.use(proxy.program)
    proxies.push(proxy)
  }
  const ratios: Result['ratios'] = {}
  const cases = Object.entries(CASES).filter(([name]) => wanted.includes(name)) as [
    CaseName,
    (typeof CASES)[CaseName],
  ][]
  for (const [name, load] of cases) {
    ratios[name] = report(name, await measure(stage.directory, proxies, load, effort), rows)
  }
  const p99 = wanted.includes('p99') ? await p99Ratio(stage.directory, proxies, effort, rows) : undefined
  for (const { label, program } of proxies)
    rows.push(['memory', label, '', '', '', '', `${Math.round(program.memoryKb / 1024)} MB`])
  return { ratios, p99 }
}

async function measureIdle(stage: Stage, connections: number, rows: Row[]): Promise<Partial<Record<IdleKind, number>>> {
  const kilobytes: Partial<Record<IdleKind, number>> = {}
  for (const kind of IDLE_KINDS) {
    const each = Math.round((await idleKb(stage, kind, connections)) * 10) / 10
    kilobytes[kind] = each
    rows.push([`idle ${kind}`, 'router', '', '', '', '', `${each} KB each`])
  }
  return kilobytes
}

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CASES } from './cases.ts'
import { type Effort, hundredths, median, type Row } from './measure.ts'
import { host, type Rival } from './proxies.ts'
import { wrk } from './wrk.ts'

const run = promisify(execFile)

const CLIENTS = 32
/** Of the rate at which the slower of the two is saturated. */
const SHARE = 0.6
const WARM_SECONDS = 1
const MICROS = 1_000_000
/** Beyond its duration. */
const GRACE_MS = 20_000

export type Steady = { p50: number; p99: number; perSecond: number; failed: number }

/** So many requests a second, whatever the answers take; latencies in microseconds. wrk only knows as fast as it goes. */
export async function steady(
  directory: string,
  port: number,
  options: { host: string; perSecond: number; seconds: number },
): Promise<Steady> {
  const { host, perSecond, seconds } = options
  const log = join(directory, `steady-${port}.tsv`)
  const args = [
    ...['--h1', '-t1', `-c${CLIENTS}`, `-n${perSecond * (seconds + WARM_SECONDS)}`],
    ...[
      `--rps=${perSecond / CLIENTS}`,
      `--log-file=${log}`,
      `--connect-to=127.0.0.1:${port}`,
      `http://${host}:${port}/`,
    ],
  ]
  await run('h2load', args, { timeout: (seconds + WARM_SECONDS) * 1_000 + GRACE_MS })
  return summary(readFileSync(log, 'utf8'))
}

/** Lines of start, status and duration, of which the first second is not counted. */
function summary(log: string): Steady {
  const rows = log
    .trim()
    .split('\n')
    .map((line) => line.split('\t').map(Number))
  const [[begin = 0] = []] = rows
  const counted = rows.filter(([start = 0]) => start - begin >= WARM_SECONDS * MICROS)
  const times = counted.map(([, , micros = 0]) => micros).sort((one, other) => one - other)
  const at = (share: number) => times[Math.min(times.length - 1, Math.ceil(times.length * share))] ?? Number.NaN
  const [last = 0] = counted.at(-1) ?? []
  const failed = rows.filter(([, status]) => status !== 200).length
  const perSecond = Math.round((counted.length * MICROS) / (last - begin - WARM_SECONDS * MICROS))
  return { p50: at(0.5), p99: at(0.99), perSecond, failed }
}

/** The router's 99th percentile as a multiple of nginx's, both at the same rate, in turns. */
export async function p99Ratio(
  directory: string,
  proxies: Rival[],
  { rounds, seconds }: Effort,
  rows: Row[],
): Promise<number | undefined> {
  const router = proxies.find(({ name }) => name === 'router')
  const nginx = proxies.find(({ name }) => name === 'nginx')
  if (!router || !nginx) return undefined
  const rates: number[] = []
  for (const { port } of [router, nginx])
    rates.push((await wrk(directory, port, CASES.get, seconds)).requests / seconds)
  const perSecond = Math.floor((Math.min(...rates) * SHARE) / CLIENTS) * CLIENTS
  const results = new Map<Rival, Steady[]>([router, nginx].map((rival) => [rival, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const rival of round % 2 ? [nginx, router] : [router, nginx]) {
      results.get(rival)?.push(await steady(directory, rival.port, { host: host(0), perSecond, seconds }))
    }
  }
  const p99 = (rival: Rival) => median((results.get(rival) ?? []).map((result) => result.p99))
  const ratio = hundredths(p99(router) / p99(nginx))
  for (const [rival, all] of results) {
    const failed = all.reduce((sum, result) => sum + result.failed, 0)
    const reached = median(all.map((result) => result.perSecond))
    rows.push(['p99 at 60 %', rival.label, '', rival === router ? ratio : '', reached, Math.round(p99(rival)), failed])
  }
  return ratio
}

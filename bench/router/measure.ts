import type { Tool } from './cases.ts'
import type { ProxyName, Rival } from './proxies.ts'
import { type Load, wrk } from './wrk.ts'

/** Seconds to begin with that are not counted: code of ours that has never run is slow, others' is not. */
const WARM_SECONDS = 1

export type Effort = { rounds: number; seconds: number }
export type Row = (string | number)[]
export const HEADINGS: Row = ['case', 'proxy', 'µs', 'router is', 'per second', 'p99 µs', 'errors']

type Sample = { cpu: number; errors: number; p99: number; perSecond: number }
export type Samples = Map<Rival, Sample[]>

/** Processor time per request of each, in turns, so that all see the same machine. */
export async function measure(
  directory: string,
  proxies: Rival[],
  load: Load | Tool,
  { rounds, seconds }: Effort,
): Promise<Samples> {
  const samples: Samples = new Map(proxies.map((proxy) => [proxy, []]))
  const visit = ({ port, tlsPort }: Rival, seconds: number) => {
    if (typeof load === 'function') return load(tlsPort, '/', seconds)
    return wrk(directory, load.tls ? tlsPort : port, load, seconds)
  }
  for (const proxy of proxies) if (proxy.name === 'router') await visit(proxy, WARM_SECONDS)
  for (let round = 0; round < rounds; round += 1) {
    for (const proxy of round % 2 ? [...proxies].reverse() : proxies) {
      const before = proxy.program.cpuMicroseconds
      const { requests, errors, p99 } = await visit(proxy, seconds)
      // On a busy machine a short round over TLS may end before the first answer.
      if (requests === 0) continue
      const cpu = (proxy.program.cpuMicroseconds - before) / requests
      samples.get(proxy)?.push({ cpu, errors, p99, perSecond: requests / seconds })
    }
  }
  return samples
}

/** The first one's processor time as a multiple of each other's; adds a row for each. */
export function report(name: string, samples: Samples, rows: Row[]): Partial<Record<ProxyName, number>> {
  const [first] = samples.keys()
  const own = first ? middle(samples, first, ({ cpu }) => cpu) : 0
  const ratios: Partial<Record<ProxyName, number>> = {}
  for (const [proxy, all] of samples) {
    const cpu = middle(samples, proxy, (sample) => sample.cpu)
    const ratio = hundredths(own / cpu)
    if (proxy !== first) ratios[proxy.name] = ratio
    const errors = all.reduce((sum, sample) => sum + sample.errors, 0)
    const perSecond = Math.round(middle(samples, proxy, (sample) => sample.perSecond))
    const p99 = Math.round(middle(samples, proxy, (sample) => sample.p99))
    rows.push([name, proxy.label, cpu.toFixed(1), ratio, perSecond, p99, errors])
  }
  return ratios
}

export function middle(samples: Samples, proxy: Rival, of: (sample: Sample) => number): number {
  return median((samples.get(proxy) ?? []).map(of))
}

export function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}

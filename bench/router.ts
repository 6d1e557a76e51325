import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { certificateFor } from '../router/tls/testing/self-signed.ts'
import { handshakes, multiplexed } from './router/h2load.ts'
import { HOSTS, host, type ProxyName, type Rival, startProxy, TLS_HOST } from './router/proxies.ts'
import { startUpstreams } from './router/upstream.ts'
import { type Load, type Result, wrk } from './router/wrk.ts'
import { printTable } from './table.ts'

const BROWSER = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language: en-US,en;q=0.5',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Referer: http://h7.example.test/some/page?with=query&and=more',
  'Cookie: session=0123456789abcdef0123456789abcdef0123456789abcdef; theme=dark; consent=1; _ga=GA1.1.123456789.1234567890',
  'Upgrade-Insecure-Requests: 1',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Priority: u=0, i',
]

const CASES = {
  get: { connections: 64, path: '/', headers: [`Host: ${host(0)}`] },
  browser: { connections: 64, path: '/some/page?with=query', headers: [`Host: ${host(7)}`, ...BROWSER] },
  hosts200: { connections: 64, path: '/', headers: [`Host: ${host(HOSTS - 1)}`] },
  post64k: { connections: 16, path: '/', headers: ['Host: post.example.test'], bodyBytes: 65_536 },
  body1m: { connections: 16, path: '/1m', headers: [`Host: ${host(0)}`] },
  conn: { connections: 64, path: '/', headers: [`Host: ${host(0)}`, 'Connection: close'] },
  c512: { connections: 512, path: '/', headers: [`Host: ${host(0)}`] },
  tls: { connections: 64, path: '/', headers: [`Host: ${TLS_HOST}`], tls: true },
  tlsbody1m: { connections: 16, path: '/1m', headers: [`Host: ${TLS_HOST}`], tls: true },
  handshake: handshakes,
  h2: multiplexed,
} satisfies Record<string, Load | Tool>
/** A case that is not one of wrk. */
type Tool = (port: number, path: string, seconds: number) => Promise<Result>
type CaseName = keyof typeof CASES

const WARM_SECONDS = 1

type Sample = { cpu: number; errors: number; p99: number; perSecond: number }

/**
 * Processor time per request of the router and of its peers, the same work in turns so that all see the same machine.
 * `--proxies a,b`, `--cases a,b`, `--rounds n`, `--seconds n` make it shorter.
 */
export async function bench(args: string[]): Promise<{ ratios: Record<string, Partial<Record<ProxyName, number>>> }> {
  const { values } = parseArgs({
    args,
    options: {
      proxies: { type: 'string', default: 'nginx,haproxy,caddy' },
      cases: { type: 'string', default: Object.keys(CASES).join(',') },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
    },
  })
  const directory = mkdtempSync(join(tmpdir(), 'bench-router-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(directory, { recursive: true }))
  const upstreams = stack.use(await startUpstreams(directory))
  const certificate = await certificateFor([TLS_HOST])
  const proxies: Rival[] = []
  for (const name of ['router', ...values.proxies.split(',')] as ProxyName[]) {
    const proxy = await startProxy(name, { directory, upstreams, certificate })
    stack.use(proxy.program)
    proxies.push(proxy)
  }
  const ratios: Record<string, Partial<Record<ProxyName, number>>> = {}
  const rows: (string | number)[][] = [['case', 'proxy', 'µs', 'router is', 'per second', 'p99 µs', 'errors']]
  for (const name of values.cases.split(',') as CaseName[]) {
    const samples = await measure(directory, proxies, CASES[name], Number(values.rounds), Number(values.seconds))
    ratios[name] = report(name, proxies, samples, rows)
  }
  printTable(rows)
  for (const { name, program } of proxies) process.stderr.write(`${name}: ${Math.round(program.memoryKb / 1024)} MB\n`)
  return { ratios }
}

async function measure(directory: string, proxies: Rival[], load: Load | Tool, rounds: number, seconds: number) {
  const samples = new Map<Rival, Sample[]>(proxies.map((proxy) => [proxy, []]))
  const visit = ({ port, tlsPort }: Rival, seconds: number) => {
    if (typeof load === 'function') return load(tlsPort, '/', seconds)
    return wrk(directory, load.tls ? tlsPort : port, load, seconds)
  }
  for (const proxy of proxies) await visit(proxy, WARM_SECONDS)
  for (let round = 0; round < rounds; round += 1) {
    for (const proxy of round % 2 ? [...proxies].reverse() : proxies) {
      const before = proxy.program.cpuMicroseconds
      const { requests, errors, p99 } = await visit(proxy, seconds)
      const cpu = (proxy.program.cpuMicroseconds - before) / requests
      samples.get(proxy)?.push({ cpu, errors, p99, perSecond: requests / seconds })
    }
  }
  return samples
}

function report(name: string, proxies: Rival[], samples: Map<Rival, Sample[]>, rows: (string | number)[][]) {
  const middle = (proxy: Rival, of: (sample: Sample) => number) => median((samples.get(proxy) ?? []).map(of))
  const [router] = proxies
  const own = router ? middle(router, ({ cpu }) => cpu) : 0
  const ratios: Partial<Record<ProxyName, number>> = {}
  for (const proxy of proxies) {
    const cpu = middle(proxy, (sample) => sample.cpu)
    const ratio = Math.round((own / cpu) * 100) / 100
    if (proxy !== router) ratios[proxy.name] = ratio
    const errors = (samples.get(proxy) ?? []).reduce((sum, sample) => sum + sample.errors, 0)
    const perSecond = Math.round(middle(proxy, (sample) => sample.perSecond))
    rows.push([name, proxy.name, cpu.toFixed(1), ratio, perSecond, Math.round(middle(proxy, ({ p99 }) => p99)), errors])
  }
  return ratios
}

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { RouterClient } from '../router/client.ts'
import { DEFAULT_HEALTH_CHECK, DEFAULT_TIMEOUTS, type RouterTable, type TargetSpec } from '../router/contract/table.ts'
import { COMPILE_CACHE, NODE, ROOT } from '../scripts/local-box.ts'
import { get, median } from './load.ts'
import { printTable } from './table.ts'

const ROUNDS = 40
const SERVICES = 100
const HOST = 'app0.example.test'

/** From the call of a table change to the first answer of the new target, with a hundred services in the table. */
export async function bench(): Promise<{ route_change_ms: number; put_ms: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'paas-routes-'))
  const socket = join(directory, 'control.sock')
  const targets = [await origin('a'), await origin('b')]
  const router = spawn(NODE, ['router/main.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      PAAS_ROUTER_HTTP_HOST: '127.0.0.1',
      PAAS_ROUTER_HTTP_PORT: '0',
      PAAS_ROUTER_SOCKET: socket,
      PAAS_ROUTER_STATE: directory,
    },
  })
  try {
    const [line] = (await once(createInterface({ input: router.stdout }), 'line')) as [string]
    return await measure(new RouterClient(socket), (JSON.parse(line) as { http: number }).http, targets)
  } finally {
    router.kill()
    await once(router, 'exit')
    for (const target of targets) target.close()
    await rm(directory, { recursive: true })
  }
}

type Origin = { name: string; spec: TargetSpec; close: () => void }

async function measure(client: RouterClient, port: number, targets: Origin[]) {
  const changes: number[] = []
  const puts: number[] = []
  for (let n = 0; n < ROUNDS; n += 1) {
    const target = targets[n % 2] as Origin
    await client.probe({
      service: 'app0',
      targets: [target.spec],
      healthCheck: DEFAULT_HEALTH_CHECK,
      deadlineMs: 5_000,
    })
    const begun = performance.now()
    await client.put(table(n + 1, target.spec))
    puts.push(performance.now() - begun)
    while ((await get({ port, host: HOST })).body !== target.name);
    changes.push(performance.now() - begun)
  }
  const result = { route_change_ms: round(median(changes)), put_ms: round(median(puts)) }
  printTable([
    ['', 'median ms', 'max'],
    ['table acknowledged', result.put_ms, round(Math.max(...puts))],
    ['first answer of the new target', result.route_change_ms, round(Math.max(...changes))],
  ])
  return result
}

function table(version: number, target: TargetSpec): RouterTable {
  const services = Array.from({ length: SERVICES }, (_, index) => ({
    name: `app${index}`,
    hosts: [`app${index}.example.test`],
    targets: index === 0 ? [target] : [],
    maintenance: false,
    empty: 'blank' as const,
    healthCheck: DEFAULT_HEALTH_CHECK,
    timeouts: DEFAULT_TIMEOUTS,
  }))
  return { version, engineBootId: 'bench', services }
}

async function origin(name: string): Promise<Origin> {
  const server = createServer((_, response) => response.end(name)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    name,
    spec: { id: name, instance: 'web.1', release: 1, host: '127.0.0.1', port },
    close: () => server.close().closeAllConnections(),
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

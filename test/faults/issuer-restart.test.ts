import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { RouterClient } from '../../router/client.ts'
import type { RouterTable } from '../../router/contract/table.ts'
import { Program } from '../../router/testing/program.ts'
import { service } from '../../router/testing/rig.ts'
import { AUTO } from '../../router/tls/testing/edge.ts'
import { Pebble } from '../../router/tls/testing/pebble.ts'
import { pebblePrograms } from '../../router/tls/testing/pebble-programs.ts'
import { NO_ACME } from '../../router/tls/upkeep.ts'

const HOSTS = ['one.example.test', 'two.example.test', 'three.example.test']
/** The issuer looks at a name up to so long after it was asked to, by chance. */
const LOOK_SECONDS = 4
/** It has its clients wait so long between two looks, whatever it has found by then: the restarts fall into that. */
const RETRY_AFTER_SECONDS = 8

test.skipIf(!(await pebblePrograms()))(
  'hot restarts in the middle of orders go on with them, and place no other ones',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'router-'))
    await using _directory = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true, maxRetries: 5 }) }
    await using program = await Program.start(directory, { PAAS_ROUTER_HTTPS_PORT: '0' })
    const ports = { httpPort: program.port, tlsPort: program.httpsPort }
    await using pebble = await Pebble.start({
      ...ports,
      lookSeconds: LOOK_SECONDS,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    })
    const client = new RouterClient(program.socket)
    const acme = { ...NO_ACME, issuers: [pebble.issuer], resolvers: [pebble.resolver] }
    const services = [service({ hosts: HOSTS, tls: AUTO })]
    const table: RouterTable = { version: 1, engineBootId: 'engine', services, acme }
    await using orders = new OrderWatch(join(directory, 'orders'))
    await client.put(table)
    await expect.poll(() => orders.keys.size, { timeout: 60_000, interval: 5 }).toBe(HOSTS.length)

    for (let count = 0; count < 2; count += 1) await client.restart()
    const issued = async () =>
      (await client.certificates()).certificates.filter(({ state }) => state === 'issued').length
    expect(await issued()).toBe(0)
    await expect.poll(issued, { timeout: 120_000 }).toBe(HOSTS.length)
    await expect.poll(() => program.generations.length).toBe(3)
    const keys = await Promise.all(HOSTS.map((host) => keyOf(directory, host)))
    expect([...orders.keys].sort()).toEqual(keys.sort())
  },
  300_000,
)

/** Each order has a key of its own, and is on disk while it is under way. */
async function keyOf(directory: string, host: string): Promise<string> {
  return JSON.parse(await readFile(join(directory, `certificates/auto/${host}.json`), 'utf8')).key
}

/** Collects the keys of all orders that are ever under way. */
class OrderWatch implements AsyncDisposable {
  readonly keys = new Set<string>()
  readonly #directory: string
  readonly #watching: Promise<void>
  #over = false

  constructor(directory: string) {
    this.#directory = directory
    this.#watching = this.#watch()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true
    await this.#watching
  }

  async #watch(): Promise<void> {
    for (; !this.#over; await pause(5)) {
      for (const file of await readdir(this.#directory).catch(() => [])) {
        const text = file.endsWith('.json') ? await readFile(join(this.#directory, file), 'utf8').catch(() => '') : ''
        if (text !== '') this.keys.add(JSON.parse(text).key)
      }
    }
  }
}

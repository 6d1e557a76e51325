import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Endpoint, Engine, Instance, RunRequest, Workload } from '../engine.ts'

const PATIENCE_MS = 60_000
const LIMITS = { memoryMb: 256, cpus: 1, pids: 128 }

export type EngineHarness = {
  /** A fresh object on the same state, as a restarted server makes one; the one before is disposed of first. */
  engine(): Engine
  /** Has `node` and `sh` in its PATH. */
  image: string
  dispose(): Promise<void>
}

/** The engine under test, as a server that may be restarted, and the apps that the tests run on it. */
export class Bench {
  #harness: EngineHarness | undefined
  #engine: Engine | undefined
  readonly #apps: string[] = []

  async open(harness: EngineHarness): Promise<void> {
    this.#harness = harness
    await this.restartServer()
  }

  async close(): Promise<void> {
    for (const app of this.#apps) await this.#engine?.removeApp(app)
    await this.#engine?.[Symbol.asyncDispose]()
    await this.#harness?.dispose()
  }

  get engine(): Engine {
    if (!this.#engine) throw new Error('the bench is not open')
    return this.#engine
  }

  get image(): string {
    return this.#harness?.image ?? ''
  }

  async restartServer(): Promise<Engine> {
    if (!this.#harness) throw new Error('the bench is not open')
    await this.#engine?.[Symbol.asyncDispose]()
    this.#engine = this.#harness.engine()
    await this.#engine.start()
    return this.#engine
  }

  /** A name that no other test uses; what it leaves is removed at the end. */
  newApp(): string {
    const app = `t${randomBytes(4).toString('hex')}`
    this.#apps.push(app)
    return app
  }

  /** Release 1 of `web` in a new app, one instance. */
  workload(script: string, changes: Partial<Workload> = {}): Workload {
    return {
      app: changes.app ?? this.newApp(),
      release: 1,
      processType: 'web',
      quantity: 1,
      image: this.image,
      command: ['node', '-e', script],
      environment: {},
      listens: true,
      limits: LIMITS,
      stopGraceMs: 5_000,
      ...changes,
    }
  }

  oneOff(script: string, changes: Partial<RunRequest> = {}): RunRequest {
    return {
      app: changes.app ?? this.newApp(),
      release: 1,
      name: 'run.1234',
      image: this.image,
      command: ['node', '-e', script],
      environment: {},
      limits: LIMITS,
      tty: null,
      attach: true,
      ...changes,
    }
  }

  /** The only instance of a workload that has one. */
  async applyOne(workload: Workload): Promise<Instance> {
    const [instance] = await this.engine.apply(workload)
    if (!instance) throw new Error('apply returned no instance')
    return instance
  }
}

/** The first value of `probe` that is neither undefined nor false. Throws after a minute. */
export async function eventually<T>(probe: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    const value = await probe()
    if (value !== undefined && value !== false) return value
    await sleep(20)
  }
  throw new Error('what the test waits for did not happen within a minute')
}

/** The body of the answer, as soon as the instance answers. */
export function body(endpoint: Endpoint | null, path = '/'): Promise<string> {
  if (!endpoint) throw new Error('the instance has no address')
  return eventually(async () => {
    try {
      const answer = await fetch(`http://${endpoint.host}:${endpoint.port}${path}`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(5_000),
      })
      return await answer.text()
    } catch {
      return undefined
    }
  })
}

/** Some networks answer for every address, with an error of theirs: only success counts. */
export async function answers(endpoint: Endpoint | null): Promise<boolean> {
  if (!endpoint) return false
  try {
    const url = `http://${endpoint.host}:${endpoint.port}/`
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    return false
  }
}

export async function textOf(stream: AsyncIterable<Buffer | string> | null): Promise<string> {
  let text = ''
  for await (const chunk of stream ?? []) text += chunk.toString()
  return text
}

/** Answers with its environment as JSON; `/crash` ends it with code 3. */
export const ENVIRONMENT_APP = `
  require('node:http').createServer((request, response) => {
    if (request.url === '/crash') process.exit(3)
    response.end(JSON.stringify(process.env))
  }).listen(process.env.PORT, '0.0.0.0')
  process.on('SIGTERM', () => process.exit(0))`

/** Runs until it is told to stop. */
export const WORKER = `setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0))`

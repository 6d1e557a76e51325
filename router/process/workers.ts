import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { type Log, messageOf } from '../log.ts'
import type { Router } from '../router.ts'
import type { Tls } from '../tls/tls.ts'
import { bindSocket } from './bound-socket.ts'
import { Channel } from './channel.ts'
import type { Followers } from './followers.ts'
import { INHERITED, type Inheritance } from './inheritance.ts'
import type { Leader } from './leader.ts'
import type { Ports, Serving } from './serving.ts'
import type { WorkerLeaderVerbs, WorkerVerbs } from './verbs.ts'

const LOAD_MS = 30_000
const BEGIN_MS = 10_000
/** One that ends sooner than this has a fault that the next one will have, too. */
const HEALTHY_MS = 1_000
const LONGEST_PAUSE_MS = 5_000
const STDIO = 3

export type WorkersParts = {
  config: Config
  router: Router
  tls: Tls | null
  followers: Followers
  /** What workers tell is for this one. */
  leader: () => Leader
  log: Log
}

type Worker = { child: ChildProcess; channel: Channel<WorkerVerbs, WorkerLeaderVerbs>; up: Promise<void> }

/**
 * Processes that take the visitors in, all on the same listening sockets: one that ends is replaced at once, and who
 * waits to be accepted is taken by another one.
 */
export class Workers implements Serving {
  readonly connections = { plain: 0, tls: 0 }
  readonly #parts: WorkersParts
  readonly #running = new Set<Worker>()
  #sockets: Pick<Inheritance, 'http' | 'https'> = {}
  #stopping = false

  constructor(parts: WorkersParts) {
    this.#parts = parts
  }

  get descriptors(): Pick<Inheritance, 'http' | 'https'> {
    return this.#sockets
  }

  /** Binds what was not inherited, and starts the programs. */
  async prepare(): Promise<void> {
    const { http, https, workers, inherited } = this.#parts.config
    this.#sockets = { http: inherited.http ?? bindSocket(http) }
    if (https) this.#sockets.https = inherited.https ?? bindSocket(https)
    const started = Array.from({ length: workers }, () => this.#spawn())
    await Promise.all(started.map(({ up }) => up))
  }

  async listen(): Promise<Ports> {
    const [ports] = await Promise.all([...this.#running].map((worker) => this.#begin(worker)))
    for (const worker of this.#running) this.#keep(worker)
    return ports as Ports
  }

  async stop(limitMs: number, tunnelsMs = 0): Promise<void> {
    this.#stopping = true
    const running = [...this.#running]
    for (const { channel } of running) channel.tell('leave', { limitMs, tunnelsMs })
    await Promise.all(running.map(({ channel }) => channel.closed))
  }

  #spawn(): Worker {
    const { config, leader, log } = this.#parts
    const sockets = Object.entries(this.#sockets)
    const inherited = Object.fromEntries(sockets.map(([name], index) => [name, STDIO + index]))
    const { spawn } = process.getBuiltinModule('node:child_process')
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: ['ignore', 'ignore', 'inherit', ...sockets.map(([, fd]) => fd), 'ipc'],
      env: { ...config.environment, [INHERITED]: JSON.stringify({ as: 'worker', ...inherited }) },
    })
    const up = Promise.withResolvers<void>()
    const channel = new Channel<WorkerVerbs, WorkerLeaderVerbs>(child, { ...leader().listen(), up: () => up.resolve() })
    const late = setTimeout(() => up.reject(new Error(`a worker did not come up within ${LOAD_MS / 1_000} s`)), LOAD_MS)
    child.once('error', (error) => up.reject(error))
    child.once('exit', (code, signal) => up.reject(new Error(`a worker ended with ${signal ?? code}; see the log`)))
    void up.promise
      .finally(() => clearTimeout(late))
      .catch((error) => log.error('worker.failed', { reason: messageOf(error) }))
    const worker = { child, channel, up: up.promise }
    this.#running.add(worker)
    void channel.closed.then(() => this.#running.delete(worker))
    return worker
  }

  /** It is a follower before it is told how to serve, so that nothing that changes meanwhile passes it by. */
  async #begin({ child, channel }: Worker): Promise<Ports> {
    const { router, tls, followers, log } = this.#parts
    followers.add({ pid: child.pid ?? 0, channel })
    const ports = await channel.ask('begin', { standing: router.standing(), tls: tls?.handOver() ?? null }, BEGIN_MS)
    log.info('worker.serves', { pid: child.pid ?? 0 })
    return ports
  }

  /** Puts another one in its place when it ends. */
  #keep({ child, channel }: Worker): void {
    const began = Date.now()
    void channel.closed.then(async () => {
      if (this.#stopping) return
      this.#parts.log.error('worker.ended', { pid: child.pid ?? 0, signal: child.signalCode, exit: child.exitCode })
      await this.#replace(Date.now() - began < HEALTHY_MS ? LONGEST_PAUSE_MS / 50 : 0)
    })
  }

  async #replace(pauseMs: number): Promise<void> {
    await pause(pauseMs)
    if (this.#stopping) return
    const worker = this.#spawn()
    try {
      await worker.up
      await this.#begin(worker)
      this.#keep(worker)
    } catch (error) {
      worker.child.kill('SIGKILL')
      this.#parts.log.error('worker.failed', { reason: messageOf(error) })
      await this.#replace(Math.min(LONGEST_PAUSE_MS, Math.max(pauseMs * 2, LONGEST_PAUSE_MS / 50)))
    }
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url))

type Listening = { event: 'listening'; http: number; https?: number; metrics?: number; pid: number }

/** The router as a process of its own, with its state in `directory`; also when another generation has followed. */
export class Program implements AsyncDisposable {
  /** The first generation, which leads a process group with all that follow it. */
  readonly child: ChildProcess
  readonly socket: string
  readonly port: number
  /** 0 without TLS. */
  readonly httpsPort: number
  /** 0 without metrics. */
  readonly metricsPort: number
  /** What each generation said when it came to serve. */
  readonly generations: Listening[]
  #complaint = ''

  /** Rejects with what it said on stderr when it does not come up. `command`: what to run instead of the router itself; `sockets`: descriptors from 3 on. */
  static async start(
    directory: string,
    environment: Record<string, string> = {},
    [command, ...args]: readonly [string, ...string[]] = [process.execPath, MAIN],
    sockets: readonly number[] = [],
  ): Promise<Program> {
    const socket = join(directory, 'control.sock')
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...sockets],
      env: { ...environmentOf(directory), ...environment },
    })
    let complaint = ''
    child.stderr?.on('data', (chunk) => {
      complaint += chunk
    })
    const generations: Listening[] = []
    const started = new Promise<void>((resolve) => {
      createInterface({ input: child.stdout as Readable }).on('line', (line) => {
        generations.push(JSON.parse(line))
        resolve()
      })
    })
    const ended = once(child, 'close').then(() => {
      throw new Error(`exit ${child.exitCode}: ${complaint}`)
    })
    await Promise.race([started, ended])
    ended.catch(() => {})
    const program = new Program(child, socket, generations)
    child.stderr?.on('data', (chunk) => {
      program.#complaint += chunk
    })
    return program
  }

  private constructor(child: ChildProcess, socket: string, generations: Listening[]) {
    this.child = child
    this.socket = socket
    this.generations = generations
    const [{ http, https = 0, metrics = 0 }] = generations as [Listening]
    this.port = http
    this.httpsPort = https
    this.metricsPort = metrics
  }

  /** Of the generation that answers. */
  get pid(): number {
    return this.generations.at(-1)?.pid ?? 0
  }

  /** Since it came up. */
  get log(): string {
    return this.#complaint
  }

  get rssMb(): number {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) / 1024
  }

  /** Resolves with the exit code of the first generation. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (this.pid !== this.child.pid) await endProcess(this.pid, signal)
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal)
      await once(this.child, 'exit')
    }
    return this.child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
    try {
      process.kill(-(this.child.pid ?? 0), 'SIGKILL')
    } catch {
      // Nobody is left of the group.
    }
  }
}

export function environmentOf(directory: string): Record<string, string> {
  return {
    PAAS_ROUTER_HTTP_HOST: '127.0.0.1',
    PAAS_ROUTER_HTTP_PORT: '0',
    PAAS_ROUTER_SOCKET: join(directory, 'control.sock'),
    PAAS_ROUTER_STATE: directory,
    PAAS_ROUTER_LOG_LEVEL: 'error',
    NODE_COMPILE_CACHE: COMPILE_CACHE,
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
  while (isAlive(pid)) await pause(20)
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

/** The router as a process of its own, with its state in `directory`. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcess
  readonly socket: string
  readonly port: number
  /** 0 without TLS. */
  readonly httpsPort: number
  /** 0 without metrics. */
  readonly metricsPort: number

  /** Rejects with what it said on stderr when it does not come up. */
  static async start(directory: string, environment: Record<string, string> = {}): Promise<Program> {
    const socket = join(directory, 'control.sock')
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PAAS_ROUTER_HTTP_HOST: '127.0.0.1',
        PAAS_ROUTER_HTTP_PORT: '0',
        PAAS_ROUTER_SOCKET: socket,
        PAAS_ROUTER_STATE: directory,
        PAAS_ROUTER_LOG_LEVEL: 'error',
        ...environment,
      },
    })
    let complaint = ''
    child.stderr.on('data', (chunk) => {
      complaint += chunk
    })
    const started = once(child.stdout, 'data') as Promise<[Buffer]>
    const ended = once(child, 'close').then(() => {
      throw new Error(`exit ${child.exitCode}: ${complaint}`)
    })
    const [line] = await Promise.race([started, ended])
    ended.catch(() => {})
    return new Program(child, socket, JSON.parse(String(line)))
  }

  private constructor(child: ChildProcess, socket: string, ports: { http: number; https?: number; metrics?: number }) {
    this.child = child
    this.socket = socket
    this.port = ports.http
    this.httpsPort = ports.https ?? 0
    this.metricsPort = ports.metrics ?? 0
  }

  get rssMb(): number {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) / 1024
  }

  /** Resolves with the exit code. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal)
      await once(this.child, 'exit')
    }
    return this.child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }
}

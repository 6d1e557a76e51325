import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** The kernel counts processor time in ticks of 10 ms. */
const TICKS_PER_SECOND = 100
const START_LIMIT_MS = 15_000
const LOWEST_PORT = 10_000
/** ip_local_port_range as Linux has it. */
const FIRST_CLIENT_PORT = 32_768

/** A program of the bench: started, measured, and stopped with all its children. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #beside = new AsyncDisposableStack()

  constructor(command: string, args: string[], environment: Record<string, string> = {}) {
    this.#child = spawn(command, args, {
      stdio: 'ignore',
      env: { ...process.env, ...environment },
    })
  }

  /** Processor time of the whole tree, user and system, in microseconds. */
  get cpuMicroseconds(): number {
    const ticks = this.#tree().reduce((sum, pid) => sum + ticksOf(pid), 0)
    return (ticks * 1_000_000) / TICKS_PER_SECOND
  }

  /** Proportional memory of the whole tree. */
  get memoryKb(): number {
    return this.#tree().reduce((sum, pid) => {
      const [, kb] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
      return sum + Number(kb ?? 0)
    }, 0)
  }

  /** Another program that is stopped with this one, and not measured. */
  beside(other: Program): void {
    this.#beside.use(other)
  }

  /** `place`: a port of the loopback, or a socket file. */
  async listening(place: number | string): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS
    while (!(await answers(place))) {
      if (Date.now() > deadline || this.#child.exitCode !== null) throw new Error(`nothing listens on ${place}`)
      await pause(20)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#beside.disposeAsync()
    if (this.#child.exitCode !== null) return
    this.#child.kill('SIGTERM')
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), 3_000)
    await once(this.#child, 'exit')
    clearTimeout(limit)
  }

  #tree(): number[] {
    const children = new Map<number, number[]>()
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const parent = parentOf(Number(name))
      if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    }
    const below = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(below)]
    return below(this.#child.pid ?? 0)
  }
}

function fieldsOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function parentOf(pid: number): number | undefined {
  const fields = fieldsOf(pid)
  return fields && Number(fields[1])
}

function ticksOf(pid: number): number {
  const fields = fieldsOf(pid)
  return fields ? Number(fields[11]) + Number(fields[12]) : 0
}

/** Of the loopback, so that benches may run side by side; below those that the kernel gives to the clients of a load. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, FIRST_CLIENT_PORT)
    const server = createServer().listen(port, '127.0.0.1')
    const taken = await once(server, 'listening').catch(() => 'taken')
    if (taken === 'taken') continue
    server.close()
    await once(server, 'close')
    return port
  }
}

function answers(place: number | string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(typeof place === 'number' ? { port: place, host: '127.0.0.1' } : { path: place }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

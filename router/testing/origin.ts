import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net'

const PROBE = 'paas-health-check'
const HEALTHY = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

/** An app on a free port of the loopback. Health checks are answered and not counted. */
export class Origin implements AsyncDisposable {
  readonly server: Server
  /** Requests of real clients. */
  readonly requests: IncomingMessage[] = []
  port = 0

  constructor(handler: RequestListener) {
    this.server = createServer((request, response) => {
      if (request.headers['user-agent'] === PROBE) return void response.end()
      this.requests.push(request)
      handler(request, response)
    })
  }

  static async start(handler: RequestListener = (_request, response) => response.end('hello')): Promise<Origin> {
    const origin = new Origin(handler)
    origin.port = await listen(origin.server)
    return origin
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

/** An app that speaks whatever the handler writes; health checks get a proper answer. */
export class RawOrigin implements AsyncDisposable {
  readonly server: TcpServer
  readonly sockets = new Set<Socket>()
  port = 0

  /** `health` is what probes get to read; null leaves them without an answer. */
  constructor(handler: (socket: Socket, first: Buffer) => void, health: string | null = HEALTHY) {
    this.server = createTcpServer((socket) => {
      this.sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => this.sockets.delete(socket))
      socket.once('data', (first) => {
        if (!first.includes(PROBE)) handler(socket, first)
        else if (health !== null) socket.end(health)
      })
    })
  }

  static async start(handler: (socket: Socket, first: Buffer) => void, health?: string | null): Promise<RawOrigin> {
    const origin = new RawOrigin(handler, health)
    origin.port = await listen(origin.server)
    return origin
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

const STUCK = `
  const server = require('node:http').createServer((request, response) => response.end())
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(server.address().port))
`

/** An app in a process of its own that is stopped with its accept queue full: new connections hang. */
export class StuckOrigin implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #sockets: Socket[] = []
  readonly port: number

  static async start(): Promise<StuckOrigin> {
    const child = spawn(process.execPath, ['-e', STUCK], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    return new StuckOrigin(child, Number(line))
  }

  private constructor(child: ChildProcess, port: number) {
    this.#process = child
    this.port = port
  }

  async fill(): Promise<void> {
    this.#process.kill('SIGSTOP')
    while (!isStopped(this.#process.pid ?? 0)) await new Promise((resolve) => setTimeout(resolve, 5))
    for (let count = 0; count < 4; count++) this.#sockets.push(connect(this.port, '127.0.0.1').on('error', () => {}))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#process.kill('SIGKILL')
    await once(this.#process, 'exit')
  }
}

function isStopped(pid: number): boolean {
  return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

function listen(server: TcpServer): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

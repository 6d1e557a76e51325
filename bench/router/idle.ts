import { once } from 'node:events'
import { connect as connectPlain, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { freePort } from './processes.ts'
import { host, type Stage, startProxy, TLS_HOST } from './proxies.ts'
import { wrk } from './wrk.ts'

export const IDLE_KINDS = ['plain', 'tls', 'websocket'] as const
export type IdleKind = (typeof IDLE_KINDS)[number]

/** Opened at a time, so that nothing queues. */
const BATCH = 50
/** Open before anything is counted: they take what the warm-up has left free. */
const FILL = 1_500
/** Young garbage and code would else be counted as memory of connections. */
const WARM_SECONDS = 2
/** A small young generation, which the warm-up fills: it would else hide connections, or be counted as theirs. */
const FLAGS = ['--max-semi-space-size=4']
const SETTLE_MS = 3_000
const ANSWER_MS = 10_000

/**
 * Kilobytes of the router's proportional memory for each idle connection: a process of its own, warmed up, before and
 * after so many connections that have each asked once. The kernel's buffers are not in it.
 */
export async function idleKb(stage: Stage, kind: IdleKind, connections: number): Promise<number> {
  await using app = await WebSocketApp.start()
  const upstreams = kind === 'websocket' ? { ...stage.upstreams, small: app.port } : stage.upstreams
  const { program, port, tlsPort } = await startProxy(
    'router',
    { ...stage, upstreams },
    { label: `idle-${kind}`, hosts: 1, flags: FLAGS },
  )
  await using _ = program
  const to = kind === 'tls' ? tlsPort : port
  const name = kind === 'tls' ? TLS_HOST : host(0)
  const load = { connections: BATCH, path: '/', headers: [`Host: ${name}`], tls: kind === 'tls' }
  await wrk(stage.directory, to, load, WARM_SECONDS)
  const sockets: Socket[] = []
  try {
    sockets.push(...(await openAll(FILL, kind, to, name)))
    await pause(SETTLE_MS)
    const before = program.memoryKb
    sockets.push(...(await openAll(connections, kind, to, name)))
    await pause(SETTLE_MS)
    return (program.memoryKb - before) / connections
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

async function openAll(count: number, kind: IdleKind, port: number, name: string): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(BATCH, count - sockets.length) }, () => open(kind, port, name))
    sockets.push(...(await Promise.all(batch)))
  }
  return sockets
}

/** Resolves when the one request has its answer. */
async function open(kind: IdleKind, port: number, name: string): Promise<Socket> {
  const socket =
    kind === 'tls'
      ? connectTls({ host: '127.0.0.1', port, servername: TLS_HOST, rejectUnauthorized: false })
      : connectPlain(port, '127.0.0.1')
  const upgrade = kind === 'websocket' ? UPGRADE : ''
  socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\n${upgrade}\r\n`)
  const signal = AbortSignal.timeout(ANSWER_MS)
  const [first] = (await once(socket, 'data', { signal })) as [Buffer]
  const status = first.toString('latin1', 9, 12)
  if (status !== (upgrade ? '101' : '200'))
    throw new Error(`idle ${kind}: answered ${first.toString('latin1', 0, 200)}`)
  socket.on('error', () => {}).resume()
  return socket
}

const UPGRADE = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n`

/** Accepts every WebSocket and says nothing; answers whatever else asks. */
class WebSocketApp implements AsyncDisposable {
  readonly port: number
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket)
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
    socket.on('data', (bytes) => {
      const switches = /^upgrade:/im.test(bytes.toString('latin1'))
      socket.write(
        switches
          ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n'
          : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      )
    })
  })

  static async start(): Promise<WebSocketApp> {
    const app = new WebSocketApp(await freePort())
    app.#server.listen(app.port, '127.0.0.1')
    await once(app.#server, 'listening')
    return app
  }

  private constructor(port: number) {
    this.port = port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

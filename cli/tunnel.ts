import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createWebSocketStream, WebSocket } from 'ws'
import { ConnectionError } from '../server/contract/client.ts'
import { API_PREFIX } from '../server/contract/paths.ts'
import type { OpenedTunnel } from '../server/contract/tunnel.ts'
import { CliError, hasErrorCode } from './errors.ts'

const PROTOCOL = 'paas.tunnel.v1'
const TICKET_PREFIX = 'paas.ticket.'
const LOOPBACK = '127.0.0.1'
const HANDSHAKE_TIMEOUT_MS = 15_000
/** The box has forgotten the tunnel, be it because it was restarted or because nothing was carried for long. */
const FORGOTTEN = 403

type Options = {
  /** Of the box. */
  url: string
  /** Any free one when left out. */
  port: number | undefined
  /** Asks the box for a tunnel to a listener at this port; also later on, when the one before is forgotten. */
  ask: (port: number) => Promise<OpenedTunnel>
  onFault: (error: unknown) => void
}

/** A port of this machine that leads to an addon: each connection is one WebSocket to the box. */
export class Tunnel implements AsyncDisposable {
  readonly port: number
  /** What the box said first; the login in its URL is good while the app has it. */
  readonly opened: OpenedTunnel
  readonly #server: Server
  readonly #options: Options
  readonly #sockets = new Set<Socket>()
  #current: OpenedTunnel

  private constructor(server: Server, opened: OpenedTunnel, options: Options) {
    this.#server = server
    this.#options = options
    this.opened = opened
    this.#current = opened
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (socket) => {
      this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)))
      this.#carry(socket).catch((error: unknown) => {
        socket.destroy()
        options.onFault(error)
      })
    })
  }

  static async open(options: Options): Promise<Tunnel> {
    const server = createServer({ pauseOnConnect: true })
    server.listen(options.port ?? 0, LOOPBACK)
    await once(server, 'listening').catch((error: unknown) => {
      throw hasErrorCode(error, 'EADDRINUSE') || hasErrorCode(error, 'EACCES') ? taken(options.port) : error
    })
    try {
      return new Tunnel(server, await options.ask((server.address() as AddressInfo).port), options)
    } catch (error) {
      server.close()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  async #carry(socket: Socket): Promise<void> {
    socket.on('error', () => socket.destroy())
    const carrier = await this.#connect()
    if (socket.destroyed) return carrier.terminate()
    const outer = createWebSocketStream(carrier)
    outer.on('error', () => socket.destroy())
    socket.once('close', () => outer.end())
    socket.pipe(outer).pipe(socket)
    socket.resume()
  }

  async #connect(): Promise<WebSocket> {
    const tunnel = this.#current
    const answer = await connect(this.#options.url, tunnel)
    if (answer !== FORGOTTEN) return answer
    if (tunnel === this.#current) this.#current = await this.#options.ask(this.port)
    const second = await connect(this.#options.url, this.#current)
    if (second !== FORGOTTEN) return second
    throw new CliError('The box does not let us into the tunnel any more.', { command: 'paas whoami' })
  }
}

/** Or that the box does not know the tunnel. Nothing is read from it until somebody listens. */
function connect(url: string, { id, ticket }: OpenedTunnel): Promise<WebSocket | typeof FORGOTTEN> {
  const target = new URL(`${API_PREFIX}/tunnels/${encodeURIComponent(id)}/connect`, url)
  target.protocol = target.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(target, [PROTOCOL, TICKET_PREFIX + ticket], {
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.pause()
      resolve(socket)
    })
    socket.once('error', (cause) => reject(new ConnectionError(`No way to the addon at ${target.host}`, { cause })))
    socket.once('unexpected-response', (request, { statusCode }) => {
      request.destroy()
      if (statusCode === FORGOTTEN) resolve(FORGOTTEN)
      else reject(new CliError(`The box did not open the connection (HTTP ${statusCode}): the addon does not answer.`))
    })
  })
}

function taken(port: number | undefined): CliError {
  return new CliError(`Port ${port} of this machine cannot be had.`, { fix: 'Choose another one with --port.' })
}

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Tunnels } from '../addons/tunnels.ts'
import { API_PREFIX } from '../contract/paths.ts'
import { TUNNEL_PROTOCOL, TUNNEL_TICKET_PREFIX } from '../contract/tunnel.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { isSameOrigin } from './cross-site.ts'
import { heartbeat } from './heartbeat.ts'
import { whileAllowed } from './lasting-access.ts'
import { offeredTicket, refuseUpgrade } from './socket-handshake.ts'

const PATH = new RegExp(`^${API_PREFIX}/tunnels/([A-Za-z0-9_]{1,100})/connect$`)
const MAX_FRAME_BYTES = 1024 * 1024
/** RFC 6455, section 7.4.1: a policy was violated. */
const CLOSE_NOT_ALLOWED = 1008
/** Waits this long for the client to close its side before the connection is cut. */
const CLOSE_WITHIN_MS = 5_000

type TunnelSocketOptions = {
  tunnels: Pick<Tunnels, 'find' | 'connect'>
  log: Log
  recheckMs: number | undefined
}

/** `WS /api/v1/tunnels/:tunnel/connect`: one connection to an addon. The rights behind the ticket are looked at for as long as it lasts. */
export class TunnelSocket {
  readonly #options: TunnelSocketOptions

  constructor(options: TunnelSocketOptions) {
    this.#options = options
  }

  handles({ url }: IncomingMessage): boolean {
    return PATH.test(url ?? '')
  }

  async upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    stream.on('error', () => stream.destroy())
    const { tunnels, log, recheckMs } = this.#options
    const id = PATH.exec(request.url ?? '')?.[1] ?? ''
    const ticket = offeredTicket(request, TUNNEL_PROTOCOL, TUNNEL_TICKET_PREFIX)
    if (!isSameOrigin(request)) return refuseUpgrade(stream, 403)
    if (ticket === undefined) return refuseUpgrade(stream, 400)
    const isAllowed = tunnels.find(id, ticket)
    if (!isAllowed?.()) return refuseUpgrade(stream, 403)
    const { WebSocketServer, createWebSocketStream } = await import('ws')
    const inner = await tunnels.connect(id).catch((error: unknown) => {
      log.warn('tunnel.connect', { reason: messageOf(error) })
      return undefined
    })
    if (!inner) return refuseUpgrade(stream, 503)
    const gone = new AbortController()
    stream.once('close', () => gone.abort())
    inner.on('error', () => inner.destroy())
    if (stream.destroyed) return void inner.destroy()
    const server = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      handleProtocols: () => TUNNEL_PROTOCOL,
    })
    server.handleUpgrade(request, stream, head, (socket) =>
      carry(socket, createWebSocketStream(socket), inner, whileAllowed(gone.signal, isAllowed, recheckMs)),
    )
  }
}

/** Each side waits for the other one to take what it sent; what ends on one side ends on the other. */
function carry(socket: WebSocket, outer: Duplex, inner: Socket, allowed: AbortSignal): void {
  const beat = heartbeat(socket)
  socket.once('close', () => {
    beat[Symbol.dispose]()
    // What the client sent before it went is still on its way in.
    setTimeout(() => inner.destroy(), CLOSE_WITHIN_MS).unref()
  })
  const cut = () => setTimeout(() => socket.terminate(), CLOSE_WITHIN_MS).unref()
  allowed.addEventListener('abort', () => {
    inner.destroy()
    socket.close(CLOSE_NOT_ALLOWED, 'The access that this tunnel stands on was taken away.')
    cut()
  })
  inner.once('close', () => {
    outer.end()
    cut()
  })
  outer.on('error', () => inner.destroy())
  outer.pipe(inner).pipe(outer)
}

import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net'
import type { SecureContext, Server, TLSSocket } from 'node:tls'
import { takeAcceptedHandles } from '../io/accepted-handles.ts'
import { type Connection, shortAddress } from '../io/connection.ts'
import { introduce } from '../io/proxy-greeting.ts'
import { StreamConnection } from '../io/stream-connection.ts'
import type { LowerHandle, TlsHandles } from '../io/tls-handles.ts'
import { descriptorOf, listenTcp, type Place, stopAccepting } from '../listen.ts'
import type { Edge } from '../rules/edge.ts'
import { createServer as createTlsServer } from './builtins.ts'
import { ACME_ALPN, type Challenges } from './challenges.ts'
import { readClientHello } from './client-hello.ts'
import { readGreeting } from './greeting.ts'
import { HandleAcceptor } from './handle-acceptor.ts'
import { PROTOCOL } from './secure-context.ts'
import type { TicketKeys } from './tickets.ts'

/** Node's own limit is two minutes, and leaves the socket open afterwards. */
const HANDSHAKE_MS = 10_000
/** How long a visitor may come back without a full handshake. */
const SESSION_SECONDS = 12 * 3_600
/** A hello with post-quantum keys and many extensions stays below this. */
const LARGEST_HELLO = 16 * 1_024

/** Where handshakes find what they need. */
export interface CertificateSource {
  context(host: string): Promise<SecureContext | undefined> | undefined
}

export type TlsListenerOptions = {
  certificates: CertificateSource
  challenges: Challenges
  tickets: TicketKeys
  /** In the order of preference, without acme-tls/1. */
  protocols: string[]
  handshakeMs?: number
  /** Node's handles, to do without its sockets; absent: with them. */
  handles?: TlsHandles | null
  /** Takes a connection whose handshake has succeeded; it is the taker's from then on. */
  take(connection: Connection): void
  /** Who stands between the visitors and this router; absent: nobody. */
  edge?: (() => Edge | null) | undefined
}

/** Counted since the start. */
export type HandshakeCounts = { done: number; resumed: number; refused: number }

/**
 * Accepts TLS connections for names that have a certificate, and hands them over; everyone else is cut off without
 * work. Only while an issuer is expected over TLS is the hello looked into before the handshake.
 */
export class TlsListener {
  readonly counts: HandshakeCounts = { done: 0, resumed: 0, refused: 0 }
  readonly #options: TlsListenerOptions
  readonly #door: NetServer
  readonly #visitors: Server
  readonly #issuers: Server
  readonly #acceptor: HandleAcceptor | null
  readonly #raw = new Set<Socket>()
  /** Clients, by the peers who have announced them. */
  readonly #announced = new Map<string, string>()

  constructor(options: TlsListenerOptions) {
    this.#options = options
    this.#visitors = this.#tlsServer(options.protocols, (host) => options.certificates.context(host))
    this.#issuers = this.#tlsServer([ACME_ALPN], (host) => options.challenges.context(host))
    this.#visitors.on('secureConnection', (socket) =>
      this.#welcome(this.#connectionOf(socket), socket.isSessionReused()),
    )
    this.#issuers.on('secureConnection', (socket) => socket.on('error', () => {}).end())
    options.tickets.add(this.#visitors)
    this.#acceptor = options.handles ? this.#handleAcceptor(options.handles) : null
    if (this.#acceptor) options.tickets.add(this.#acceptor)
    this.#door = createServer({ noDelay: true }, (socket) => this.#accept(socket))
  }

  /** Resolves with the port. */
  async listen(place: Place): Promise<number> {
    await listenTcp(this.#door, place)
    const { port } = this.#door.address() as AddressInfo
    const acceptor = this.#acceptor
    if (acceptor) {
      acceptor.port = port
      takeAcceptedHandles(this.#door, (client) => this.#take(acceptor, client))
    }
    return port
  }

  /** For a successor to listen on; undefined when it cannot be had. */
  get descriptor(): number | undefined {
    return descriptorOf(this.#door)
  }

  /** Connections that are shaking hands; on sockets, those too that have and are not closed yet. */
  get open(): number {
    return this.#raw.size + (this.#acceptor?.open ?? 0)
  }

  /** For visitors who name no host, as those do who come by address; undefined: they are refused. */
  setDefault(certificate: { chain: string; key: string } | undefined): void {
    const pair = certificate ? { cert: certificate.chain, key: certificate.key } : {}
    this.#visitors.setSecureContext({ ...PROTOCOL, ...pair, sessionTimeout: SESSION_SECONDS })
    this.#visitors.setTicketKeys(this.#options.tickets.current)
    this.#acceptor?.setDefault(certificate)
  }

  stop(): void {
    stopAccepting(this.#door)
  }

  /** Cuts connections that are still shaking hands. */
  close(): void {
    for (const socket of this.#raw) socket.destroy()
    this.#acceptor?.close()
  }

  /**
   * An issuer may be among those who come, or a proxy that announces its clients: then the first bytes of each are looked
   * into, which only sockets can put back.
   */
  #take(acceptor: HandleAcceptor, client: LowerHandle): boolean {
    if (this.#options.challenges.awaitsHello || this.#options.edge?.()?.proxyProtocol) return false
    acceptor.accept(client)
    return true
  }

  #handleAcceptor(handles: TlsHandles): HandleAcceptor {
    const { certificates, protocols, handshakeMs } = this.#options
    return new HandleAcceptor({
      handles,
      protocols,
      sessionSeconds: SESSION_SECONDS,
      limitMs: handshakeMs ?? HANDSHAKE_MS,
      find: (host) => certificates.context(host),
      done: (connection, resumed) => this.#welcome(connection, resumed),
      refused: () => {
        this.counts.refused += 1
      },
    })
  }

  #accept(socket: Socket): void {
    this.#raw.add(socket)
    socket.once('close', () => this.#raw.delete(socket))
    if (this.#options.edge?.()?.announces(shortAddress(socket.remoteAddress))) this.#greet(socket)
    else this.#begin(socket)
  }

  /** A proxy says first whose connection it is. */
  #greet(socket: Socket): void {
    readGreeting(socket, this.#options.handshakeMs ?? HANDSHAKE_MS, (address) => {
      const peer = peerOf(socket)
      if (address !== null) {
        this.#announced.set(peer, address)
        socket.once('close', () => this.#announced.delete(peer))
      }
      this.#begin(socket)
    })
  }

  #begin(socket: Socket): void {
    if (this.#options.challenges.awaitsHello) this.#sort(socket)
    else this.#visitors.emit('connection', socket)
  }

  /** Reads the hello, puts it back, and lets the server that it is meant for begin. */
  #sort(socket: Socket): void {
    let bytes: Buffer = Buffer.alloc(0)
    const timer = setTimeout(() => socket.destroy(), this.#options.handshakeMs ?? HANDSHAKE_MS)
    const drop = () => clearTimeout(timer)
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      const hello = readClientHello(bytes)
      if (hello === 'more' && bytes.length <= LARGEST_HELLO) return
      drop()
      socket.off('data', read).off('error', drop).pause()
      socket.unshift(bytes)
      const isIssuer = hello !== null && hello !== 'more' && hello.protocols.includes(ACME_ALPN)
      const server = isIssuer ? this.#issuers : this.#visitors
      server.emit('connection', socket)
    }
    socket.on('data', read).on('error', drop).once('close', drop)
  }

  #tlsServer(protocols: string[], find: CertificateSource['context'] | Challenges['context']): Server {
    const server = createTlsServer({
      ...PROTOCOL,
      ALPNProtocols: protocols,
      handshakeTimeout: this.#options.handshakeMs ?? HANDSHAKE_MS,
      sessionTimeout: SESSION_SECONDS,
      SNICallback: (name, done) => void answer(find(name.toLowerCase()), done),
    })
    // With a listener on this event nobody but it closes the socket, not even after the time limit.
    server.on('tlsClientError', (_error, socket) => {
      this.counts.refused += 1
      socket.destroy()
    })
    return server
  }

  #welcome(connection: Connection, resumed: boolean): void {
    this.counts.done += 1
    if (resumed) this.counts.resumed += 1
    this.#options.take(connection)
  }

  #connectionOf(socket: TLSSocket): Connection {
    const secure = { servername: (socket.servername || '').toLowerCase() }
    const connection = new StreamConnection(socket, { secure, alpn: socket.alpnProtocol || null })
    const client = this.#announced.get(peerOf(socket))
    if (client !== undefined) introduce(connection, client)
    return connection
  }
}

/** No two connections have it at the same time. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

type SniAnswer = (error: Error | null, context?: SecureContext) => void

/** An error ends the connection; without one OpenSSL would take the certificate for visitors who name no host. */
async function answer(found: ReturnType<CertificateSource['context']> | SecureContext, done: SniAnswer): Promise<void> {
  const context = await found
  context ? done(null, context) : done(new Error('there is no certificate for this name'))
}

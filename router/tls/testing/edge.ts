import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import type { AcmeSettings, CertificateStatus } from '../../contract/certificate.ts'
import type { RouterEvent } from '../../contract/event.ts'
import type { RouterTable, ServiceSpec, TlsPolicy } from '../../contract/table.ts'
import type { EventStream } from '../../event-stream.ts'
import type { Connection } from '../../io/connection.ts'
import type { TlsHandles } from '../../io/tls-handles.ts'
import { createLog } from '../../log.ts'
import { service } from '../../testing/rig.ts'
import { IssuerDesk } from '../issuer/desk.ts'
import { IssuerProcess } from '../issuer/issuer-process.ts'
import { Tls } from '../tls.ts'
import { NO_ACME } from '../upkeep.ts'
import { ShiftedClock } from './shifted-clock.ts'

export const AUTO: TlsPolicy = { mode: 'auto', redirect: true, hstsSeconds: 0 }

/** An answer to whatever comes. */
function saySecure(connection: Connection): void {
  connection.owner = {
    onData: () => void connection.writeText('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure'),
    onEnd: () => connection.endAndClose(),
    onDrain: () => {},
    onClose: () => {},
  }
  connection.resume()
}

/** TLS as the router has it, on free ports, in front of a server that says `plain` or `secure`. */
export class Edge implements AsyncDisposable {
  readonly directory: string
  readonly clock = new ShiftedClock()
  readonly events: RouterEvent[] = []
  readonly logged: string[] = []
  readonly #server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request
    const authority = headers.host ?? ''
    const answer = this.tls.find({ secure: false, method, host: authority.replace(/:\d+$/, ''), authority, path })
    response.writeHead(answer?.status ?? 200, answer?.headers ?? [])
    response.end(answer?.body ?? 'plain')
  })
  #tls: Tls | undefined
  #table: RouterTable = { version: 0, engineBootId: '', services: [] }
  /** Where it was asked for: issuers are spoken with in a process of its own, as in the router. */
  issuing: IssuerProcess | null = null
  httpPort = 0
  httpsPort = 0

  static async start(
    options: {
      directory?: string
      issuerLimitMs?: number
      handshakeMs?: number
      apart?: boolean
      handles?: TlsHandles | null
    } = {},
  ): Promise<Edge> {
    const edge = new Edge(options.directory ?? (await mkdtemp(join(tmpdir(), 'router-tls-'))))
    edge.httpPort = await new Promise((resolve) => {
      edge.#server.listen(0, '127.0.0.1', () => resolve((edge.#server.address() as AddressInfo).port))
    })
    const log = createLog('debug', (line) => void edge.logged.push(line))
    const { directory, clock } = edge
    const desk = { directory, clock, log, limitMs: options.issuerLimitMs }
    edge.#tls = await Tls.open({
      directory,
      served: (host) => edge.#serviceOf(host),
      events: { publish: (event: RouterEvent) => void edge.events.push(event) } as EventStream,
      log,
      publicPort: 443,
      clock,
      random: () => 0,
      httpPort: edge.httpPort,
      issuing: (board) => {
        if (!options.apart) return new IssuerDesk({ ...desk, board })
        edge.issuing = new IssuerProcess({ directory, board, log, idleMs: 300 })
        return edge.issuing
      },
      handles: options.handles ?? null,
      ...(options.handshakeMs ? { handshakeMs: options.handshakeMs } : {}),
    })
    edge.httpsPort = await edge.tls.listen({ host: '127.0.0.1', port: 0 }, saySecure)
    return edge
  }

  private constructor(directory: string) {
    this.directory = directory
  }

  get tls(): Tls {
    if (!this.#tls) throw new Error('not started')
    return this.#tls
  }

  /** Applies a table with one service that has these hosts. */
  serve(hosts: string[], acme: Partial<AcmeSettings> = {}, tls: TlsPolicy = AUTO): void {
    this.#table = { version: 1, engineBootId: '', services: [service({ hosts, tls })], acme: { ...NO_ACME, ...acme } }
    this.tls.tableApplied(this.#table)
  }

  status(name: string): CertificateStatus | undefined {
    return this.tls.statuses().find((status) => status.name === name)
  }

  /** Resolves when the certificate is in this state; Pebble has its clients wait for eight seconds in between. */
  async until(name: string, state: CertificateStatus['state'], ms = 60_000): Promise<CertificateStatus> {
    const deadline = Date.now() + ms
    for (;;) {
      const status = this.status(name)
      if (status?.state === state) return status
      if (Date.now() > deadline) throw new Error(`not ${state} within ${ms} ms: ${JSON.stringify(status)}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Shakes hands and hangs up. Rejects when refused. */
  shakeHands(servername: string, { session: earlier, ...options }: Greeting = {}): Promise<Handshake> {
    return new Promise((resolve, reject) => {
      const trust = options.ca ? {} : { rejectUnauthorized: false }
      const socket = connect(
        {
          host: '127.0.0.1',
          port: this.httpsPort,
          servername,
          ...trust,
          ...options,
          ...(earlier ? { session: earlier } : {}),
        },
        () => {
          const { alpnProtocol } = socket
          const [protocol, cipher] = [socket.getProtocol(), socket.getCipher().name]
          const certificate = socket.getPeerCertificate()
          const resumed = socket.isSessionReused()
          // Tickets of TLS 1.3 come before the first byte of an answer; after a resumption there may be none.
          socket.once('data', () => {
            socket.destroy()
            resolve({ certificate, protocol, cipher, resumed, session, alpn: alpnProtocol || null })
          })
          socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\n\r\n`)
        },
      )
      let session: Buffer | undefined
      socket.on('session', (ticket) => {
        session ??= ticket
      })
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('closed without an answer')))
    })
  }

  async stop(): Promise<void> {
    await this.tls[Symbol.asyncDispose]()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.directory, { recursive: true, force: true })
  }

  #serviceOf(host: string): ServiceSpec | undefined {
    const wildcard = `*${host.slice(host.indexOf('.'))}`
    return this.#table.services.find(({ hosts }) => hosts.includes(host) || hosts.includes(wildcard))
  }
}

type Greeting = { ca?: string; session?: Buffer | undefined; ALPNProtocols?: string[] }

export type Handshake = {
  certificate: PeerCertificate
  protocol: string | null
  cipher: string
  resumed: boolean
  session: Buffer | undefined
  alpn: string | null
}

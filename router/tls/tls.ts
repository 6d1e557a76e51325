import { isIP } from 'node:net'
import type {
  CertificateStatus,
  DomainCheck,
  PutCertificateAnswer,
  PutCertificateRequest,
  RouterTable,
  TlsPolicy,
} from '../contract.ts'
import { ControlError } from '../control-error.ts'
import type { EventStream } from '../event-stream.ts'
import type { Connection } from '../io/connection.ts'
import type { TlsHandles } from '../io/tls-handles.ts'
import type { Place } from '../listen.ts'
import type { Log } from '../log.ts'
import type { Asked, OwnAnswer, OwnAnswers } from '../own-answers.ts'
import type { TableWatcher } from '../router.ts'
import { BadCertificate, type Certificate, readCertificate, warningsOf } from './certificate.ts'
import { type CertificateEntry, Certificates } from './certificates.ts'
import { Challenges } from './challenges.ts'
import { type Clock, wallClock } from './clock.ts'
import { Lookup } from './dns/lookup.ts'
import { DnsCheck } from './dns-check.ts'
import { IssuerProcess } from './issuer/issuer-process.ts'
import type { Issuing, ProofBoard } from './issuer/issuing.ts'
import { PendingOrders } from './issuer/pending-orders.ts'
import { type HandshakeCounts, TlsListener } from './listener.ts'
import type { CertificateWatcher } from './managed-certificate.ts'
import { OrderLimit } from './order-limit.ts'
import { redirectToHttps } from './redirect.ts'
import { alarmFor } from './renewal.ts'
import type { Random } from './retry-schedule.ts'
import { secureContext } from './secure-context.ts'
import { CertificateStore } from './store.ts'
import { type TicketKey, TicketKeys } from './tickets.ts'
import { NO_ACME, Upkeep } from './upkeep.ts'

/** A service, as far as TLS is concerned. */
export type Served = { name: string; tls?: TlsPolicy }

export type TlsOptions = {
  /** Holds certificates, account keys and orders under way. */
  directory: string
  /** Who serves a host, and how; undefined: nobody. */
  served(host: string): Served | undefined
  events: Pick<EventStream, 'publish'>
  log: Log
  /** Under which the world reaches the TLS port; 0: under its own number. */
  publicPort: number
  /** Node's handles, to do without its sockets; absent: with them. */
  handles?: TlsHandles | null
  /** For tests. */
  clock?: Clock
  random?: Random
  httpPort?: number
  issuing?: (board: ProofBoard) => Issuing
  handshakeMs?: number
}

/** What a process needs of the one before, beside what is on disk. */
export type TlsHandover = { ticket: TicketKey }

const LABEL = /^[a-z0-9*]([a-z0-9.*-]{0,250}[a-z0-9])?$/i

/** Everything about TLS in one place: certificates kept and renewed, handshakes, and the answers that belong to them. */
export class Tls implements TableWatcher, OwnAnswers, CertificateWatcher, AsyncDisposable {
  readonly #options: TlsOptions
  readonly #store: CertificateStore
  readonly #certificates: Certificates
  readonly #challenges = new Challenges()
  readonly #tickets = new TicketKeys()
  readonly #lookup = new Lookup()
  readonly #clock: Clock
  readonly #issuing: Issuing
  readonly #upkeep: Upkeep
  readonly #closed = new AbortController()
  #listener: TlsListener | null = null
  #port = 0
  /** Hosts of the table that are addresses: their visitors name no host. */
  #addresses: string[] = []
  #default: CertificateEntry | undefined

  /** Resolves when all certificates on disk are known; what cannot be read is skipped. */
  static async open(options: TlsOptions): Promise<Tls> {
    const tls = new Tls(options)
    for await (const stored of tls.#store.all()) tls.#certificates.put(stored)
    return tls
  }

  private constructor(options: TlsOptions) {
    const { directory, log, clock = wallClock, random = Math.random } = options
    this.#options = options
    this.#clock = clock
    this.#store = new CertificateStore(`${directory}/certificates`, log)
    this.#certificates = new Certificates({
      serviceOf: (host) => overTls(options.served(host))?.name,
      load: (source, name) => this.#store.load(source, name),
      makeContext: secureContext,
    })
    const { httpPort, issuing = (board) => new IssuerProcess({ directory, board, log }) } = options
    this.#issuing = issuing(this.#challenges)
    const check = new DnsCheck({
      lookup: this.#lookup,
      challenges: this.#challenges,
      ...(httpPort ? { httpPort } : {}),
    })
    const parts = {
      ...{ issuing: this.#issuing, store: this.#store, certificates: this.#certificates, check, clock, random, log },
      pending: new PendingOrders(`${directory}/orders`, log),
      limit: new OrderLimit(clock, this.#closed.signal),
    }
    this.#upkeep = new Upkeep(parts, this)
  }

  get handshakes(): HandshakeCounts {
    return this.#listener?.counts ?? { done: 0, resumed: 0, refused: 0 }
  }

  /** Connections come to `take` after their handshake. Resolves with the port. */
  async listen(place: Place, take: (connection: Connection) => void): Promise<number> {
    const { handshakeMs, handles = null } = this.#options
    const parts = {
      handles,
      certificates: this.#certificates,
      challenges: this.#challenges,
      tickets: this.#tickets,
      take,
    }
    this.#listener = new TlsListener({
      ...parts,
      protocols: ['h2', 'http/1.1'],
      ...(handshakeMs ? { handshakeMs } : {}),
    })
    this.#default = undefined
    this.#chooseDefault()
    this.#port = await this.#listener.listen(place)
    return this.#port
  }

  tableApplied(table: RouterTable): void {
    this.#addresses = table.services.flatMap(({ hosts }) => hosts.filter((host) => isIP(host) !== 0))
    this.#chooseDefault()
    this.#lookup.servers = (table.acme ?? NO_ACME).resolvers
    this.#upkeep.tableApplied(table)
  }

  certificateChanged(status: CertificateStatus): void {
    if (status.state === 'issued') this.#chooseDefault()
    this.#options.events.publish({ type: 'certificate', at: new Date().toISOString(), ...status })
  }

  /** Proofs first: an issuer comes over plain HTTP, and before there is any certificate. */
  find(asked: Asked): OwnAnswer | undefined {
    if (asked.secure) return undefined
    const file = this.#challenges.file(asked.path)
    if (file !== undefined) return { status: 200, headers: ['Content-Type', 'application/octet-stream'], body: file }
    const service = overTls(this.#options.served(asked.host))
    if (!service?.tls?.redirect || !this.#certificates.find(asked.host)) return undefined
    return redirectToHttps(asked, this.#options.publicPort || this.#port)
  }

  statuses(): CertificateStatus[] {
    const own = this.#certificates.entries.filter(({ source }) => source === 'custom')
    return [...this.#upkeep.statuses(), ...own.map((entry) => this.#statusOf(entry))]
  }

  check(names: string[]): Promise<DomainCheck[]> {
    return Promise.all(names.map((name) => this.#upkeep.check(name)))
  }

  /** In force when it resolves. */
  async put(name: string, { service, chain, key }: PutCertificateRequest): Promise<PutCertificateAnswer> {
    if (!LABEL.test(name))
      throw new ControlError(400, 'certificate.name', `"${name}" cannot be the name of a certificate.`)
    const certificate = readOwn(chain, key)
    if (certificate.notAfter <= this.#clock.now()) {
      throw new ControlError(
        400,
        'certificate.expired',
        'The certificate has expired.',
        'Get a new one, then try again.',
      )
    }
    const stored = { name, source: 'custom', service, issuer: null, certificate } as const
    await this.#store.save(stored)
    this.#certificates.put(stored)
    const entry = this.#certificates.entry('custom', name)
    if (entry) this.certificateChanged(this.#statusOf(entry))
    const notAfter = new Date(certificate.notAfter).toISOString()
    return { name, names: certificate.names, notAfter, warnings: warningsOf(certificate, this.#clock.now()) }
  }

  async remove(name: string): Promise<void> {
    if (!this.#certificates.entry('custom', name)) {
      throw new ControlError(404, 'certificate.not-found', `There is no certificate "${name}" that was put.`)
    }
    await this.#store.remove('custom', name)
    this.#certificates.remove('custom', name)
  }

  /** Of the listening socket, for a successor. */
  get descriptor(): number | undefined {
    return this.#listener?.descriptor
  }

  /** Connections that this port has accepted and that are not closed yet. */
  get open(): number {
    return this.#listener?.open ?? 0
  }

  handOver(): TlsHandover {
    return { ticket: this.#tickets.handOver() }
  }

  /** Goes on with what another process had; its orders are left to it until `goOn`. */
  adopt({ ticket }: TlsHandover): void {
    this.#tickets.adopt(ticket)
    void this.#upkeep.rest()
  }

  /** Works on no certificate any more when it resolves. */
  rest(): Promise<void> {
    return this.#upkeep.rest()
  }

  /** Nobody else works on certificates: those that another process has issued are read, the others are ordered from now on. */
  async goOn(): Promise<void> {
    for await (const stored of this.#store.all()) this.#certificates.put(stored)
    this.#upkeep.goOn()
  }

  /** No more connections; what has been handed over goes on. */
  stop(): void {
    this.#listener?.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    this.#listener?.close()
    this.#closed.abort()
    this.#tickets[Symbol.dispose]()
    await this.#upkeep[Symbol.asyncDispose]()
    await this.#issuing[Symbol.asyncDispose]()
  }

  #chooseDefault(): void {
    const entry = this.#addresses.map((address) => this.#certificates.find(address)).find(Boolean)
    if (entry === this.#default) return
    this.#default = entry
    const loading = entry ? this.#store.load(entry.source, entry.name) : Promise.resolve(undefined)
    void loading.then((stored) => this.#listener?.setDefault(stored?.certificate))
  }

  #statusOf({ name, names, service, notBefore, notAfter, issuer }: CertificateEntry): CertificateStatus {
    const alarm = alarmFor({ notBefore, notAfter }, this.#clock.now())
    const times = { nextTryAt: null, notAfter: new Date(notAfter).toISOString() }
    return { name, service, names: [...names], source: 'custom', state: 'issued', reason: '', ...times, issuer, alarm }
  }
}

function overTls(service: Served | undefined): Served | undefined {
  return service?.tls && service.tls.mode !== 'off' ? service : undefined
}

function readOwn(chain: string, key: string): Certificate {
  try {
    return readCertificate(chain, key)
  } catch (error) {
    if (!(error instanceof BadCertificate)) throw error
    throw new ControlError(400, 'certificate.invalid', error.message)
  }
}

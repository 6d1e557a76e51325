import { isIP } from 'node:net'
import type {
  CertificateStatus,
  DomainCheck,
  PutCertificateAnswer,
  PutCertificateRequest,
} from '../contract/certificate.ts'
import type { RouterTable, TlsPolicy } from '../contract/table.ts'
import type { EventStream } from '../event-stream.ts'
import type { Connection } from '../io/connection.ts'
import type { TlsHandles } from '../io/tls-handles.ts'
import type { Place } from '../listen.ts'
import type { Log } from '../log.ts'
import type { Asked, OwnAnswer, OwnAnswers } from '../own-answers.ts'
import type { TableWatcher } from '../router.ts'
import type { Edge } from '../rules/edge.ts'
import { type CertificateEntry, Certificates } from './certificates.ts'
import { Challenges, type ShownProofs } from './challenges.ts'
import { type Clock, wallClock } from './clock.ts'
import { Lookup } from './dns/lookup.ts'
import { DnsCheck } from './dns-check.ts'
import { InheritedProofs } from './inherited-proofs.ts'
import { IssuerProcess } from './issuer/issuer-process.ts'
import type { Issuing, ProofBoard } from './issuer/issuing.ts'
import { PendingOrders } from './issuer/pending-orders.ts'
import { type HandshakeCounts, TlsListener } from './listener.ts'
import type { CertificateWatcher } from './managed-certificate.ts'
import { OrderLimit } from './order-limit.ts'
import { OwnCertificates } from './own-certificates.ts'
import { redirectToHttps } from './redirect.ts'
import type { Random } from './retry-schedule.ts'
import { secureContext } from './secure-context.ts'
import { CertificateStore, type Source } from './store.ts'
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
  followers?: TlsFollowers
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
export type TlsHandover = { ticket: TicketKey; proofs: ShownProofs }

/** What the processes that shake hands tell each other; of a certificate that it is on disk, or not there any more. */
export type TlsChange =
  | { ticket: TicketKey }
  | { certificate: { source: Source; name: string } }
  | { proofs: ShownProofs }

/** Other processes that shake hands as this one does. */
export interface TlsFollowers {
  /** Resolves when it is in force in all of them. */
  tlsChanged(change: TlsChange): Promise<void>
}

/** Everything about TLS in one place: certificates kept and renewed, handshakes, and the answers that belong to them. */
export class Tls implements TableWatcher, OwnAnswers, CertificateWatcher, AsyncDisposable {
  readonly #options: TlsOptions
  readonly #store: CertificateStore
  readonly #certificates: Certificates
  readonly #challenges = new Challenges((proofs) => this.#tell({ proofs }))
  readonly #tickets = new TicketKeys()
  readonly #lookup = new Lookup()
  readonly #issuing: Issuing
  readonly #upkeep: Upkeep
  readonly #own: OwnCertificates
  readonly #inherited: InheritedProofs
  readonly #closed = new AbortController()
  #listener: TlsListener | null = null
  #port = 0
  /** Hosts of the table that are addresses: their visitors name no host. */
  #addresses: string[] = []
  #default: CertificateEntry | undefined
  /** Followers are told of what changes after the start. */
  #opened = false
  #telling: Promise<void> = Promise.resolve()
  /** No process before this one works on certificates. */
  #ours = true

  /** Resolves when all certificates on disk are known; what cannot be read is skipped. */
  static async open(options: TlsOptions): Promise<Tls> {
    const tls = new Tls(options)
    for await (const stored of tls.#store.all()) tls.#certificates.put(stored)
    tls.#opened = true
    return tls
  }

  private constructor(options: TlsOptions) {
    const { directory, log, clock = wallClock, random = Math.random } = options
    this.#options = options
    this.#store = new CertificateStore(`${directory}/certificates`, log)
    this.#certificates = new Certificates({
      serviceOf: (host) => overTls(options.served(host))?.name,
      load: (source, name) => this.#store.load(source, name),
      makeContext: secureContext,
      changed: (source, name) => void this.#tell({ certificate: { source, name } }),
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
    this.#own = new OwnCertificates({ store: this.#store, certificates: this.#certificates, clock })
    this.#inherited = new InheritedProofs(this.#challenges, clock, this.#closed.signal)
    this.#tickets.add({ setTicketKeys: () => void this.#tell({ ticket: this.#tickets.handOver() }) })
  }

  get handshakes(): HandshakeCounts {
    return this.#listener?.counts ?? { done: 0, resumed: 0, refused: 0 }
  }

  /**
   * Connections come to `take` after their handshake; `edge`: who stands between the visitors and this router. Resolves
   * with the port.
   */
  async listen(place: Place, take: (connection: Connection) => void, edge?: () => Edge | null): Promise<number> {
    const { handshakeMs, handles = null } = this.#options
    const parts = { handles, certificates: this.#certificates, challenges: this.#challenges, tickets: this.#tickets }
    const limits = handshakeMs ? { handshakeMs } : {}
    this.#listener = new TlsListener({ ...parts, take, edge, protocols: ['h2', 'http/1.1'], ...limits })
    this.#default = undefined
    this.#chooseDefault()
    this.#port = await this.#listener.listen(place)
    return this.#port
  }

  tableApplied(table: RouterTable): void {
    this.#own.tableApplied(table)
    this.#addresses = table.services.flatMap(({ hosts }) => hosts.filter((host) => isIP(host) !== 0))
    this.#chooseDefault()
    this.#lookup.servers = (table.acme ?? NO_ACME).resolvers
    this.#upkeep.tableApplied(table)
  }

  certificateChanged(status: CertificateStatus): void {
    if (status.state === 'issued') this.#chooseDefault()
    this.#options.events.publish({ type: 'certificate', at: new Date().toISOString(), ...status })
  }

  /**
   * Proofs first: an issuer comes over plain HTTP, and before there is any certificate; and one that a proxy has sent on
   * to https still comes in by the plain port.
   */
  find(asked: Asked): OwnAnswer | undefined {
    const file = this.#challenges.file(asked.path)
    if (file !== undefined) return { status: 200, headers: ['Content-Type', 'application/octet-stream'], body: file }
    if (asked.secure) return undefined
    const service = overTls(this.#options.served(asked.host))
    if (!service?.tls?.redirect || !this.#certificates.find(asked.host)) return undefined
    return redirectToHttps(asked, this.#options.publicPort || this.#port)
  }

  statuses(): CertificateStatus[] {
    return [...this.#upkeep.statuses(), ...this.#own.statuses()]
  }

  check(names: string[]): Promise<DomainCheck[]> {
    return Promise.all(names.map((name) => this.#upkeep.check(name)))
  }

  /** In force when it resolves, in all processes. */
  async put(name: string, pair: PutCertificateRequest): Promise<PutCertificateAnswer> {
    const answer = await this.#own.put(name, pair)
    await this.#telling
    const status = this.#own.status(name)
    if (status) this.certificateChanged(status)
    return answer
  }

  async remove(name: string): Promise<void> {
    await this.#own.remove(name)
    await this.#telling
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
    return { ticket: this.#tickets.handOver(), proofs: this.#challenges.shown }
  }

  /** Goes on with what another process has; its orders are left to it until `goOn`. `follow`: it will tell what changes. */
  adopt({ ticket, proofs }: TlsHandover, follow: boolean): void {
    this.#tickets.adopt(ticket, follow)
    this.#inherited.show(proofs)
    this.#ours = false
    void this.#upkeep.rest()
  }

  /** What another process tells. In force when it resolves. */
  async change(change: TlsChange): Promise<void> {
    if ('ticket' in change) this.#tickets.adopt(change.ticket, true)
    else if ('proofs' in change) this.#challenges.replace(change.proofs)
    else await this.#reload(change.certificate.source, change.certificate.name)
  }

  /** Nothing of an order begins from the call on, since another process is to go on. Works on none when it resolves. */
  leave(): Promise<void> {
    this.#challenges.hold()
    return this.#upkeep.rest()
  }

  /** That other process does not come. */
  stay(): void {
    this.#challenges.release()
    this.#begin()
  }

  /** Nobody else works on certificates: those that another process has issued are read, the others are ordered from now on. */
  async goOn(): Promise<void> {
    if (this.#ours) return
    for await (const stored of this.#store.all()) if (!this.#certificates.has(stored)) this.#certificates.put(stored)
    void this.#inherited.release()
    this.#chooseDefault()
    this.#ours = true
    this.#begin()
  }

  /** Unless another process is at it: the one before, or the one that this one was left for while it read. */
  #begin(): void {
    if (this.#ours && !this.#challenges.held) this.#upkeep.goOn()
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

  /** In order: what is told later is in force later. */
  #tell(change: TlsChange): Promise<void> {
    const { followers } = this.#options
    if (!followers || !this.#opened) return Promise.resolve()
    this.#telling = Promise.all([this.#telling, followers.tlsChanged(change)]).then(() => {})
    return this.#telling
  }

  async #reload(source: Source, name: string): Promise<void> {
    const stored = await this.#store.load(source, name)
    if (stored) this.#certificates.put(stored)
    else this.#certificates.remove(source, name)
    this.#chooseDefault()
  }

  #chooseDefault(): void {
    const entry = this.#addresses.map((address) => this.#certificates.find(address)).find(Boolean)
    if (entry === this.#default) return
    this.#default = entry
    const loading = entry ? this.#store.load(entry.source, entry.name) : Promise.resolve(undefined)
    void loading.then((stored) => this.#listener?.setDefault(stored?.certificate))
  }
}

function overTls(service: Served | undefined): Served | undefined {
  return service?.tls && service.tls.mode !== 'off' ? service : undefined
}

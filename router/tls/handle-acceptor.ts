import type { SecureContext } from 'node:tls'
import type { LowerHandle } from '../io/tls-handles.ts'
import { Roster } from '../roster.ts'
import { createSecureContext } from './builtins.ts'
import { HandleHandshake, type HandshakeTerms } from './handle-handshake.ts'
import { PROTOCOL } from './secure-context.ts'
import type { TicketMaker } from './tickets.ts'

type Pair = { chain: string; key: string }
export type AcceptorOptions = Omit<HandshakeTerms, 'defaultContext' | 'protocols' | 'localPort'> & {
  protocols: string[]
  sessionSeconds: number
}

/** Shakes hands on node's own handles, without making sockets of connections. */
export class HandleAcceptor implements TicketMaker {
  readonly #options: AcceptorOptions
  readonly #terms: HandshakeTerms
  readonly #handshakes = new Roster<HandleHandshake>()
  #ticketKeys: Buffer | null = null

  constructor(options: AcceptorOptions) {
    this.#options = options
    this.#terms = {
      ...{ ...options, protocols: alpnList(options.protocols), localPort: 0 },
      defaultContext: this.#contextFor(undefined),
    }
  }

  /** For visitors who name no host; undefined: they are refused. */
  setDefault(certificate: Pair | undefined): void {
    this.#terms.defaultContext = this.#contextFor(certificate)
  }

  setTicketKeys(keys: Buffer): void {
    this.#ticketKeys = keys
    this.#terms.defaultContext.context.setTicketKeys(keys)
  }

  /** Connections that are shaking hands. */
  get open(): number {
    return this.#handshakes.size
  }

  /** The port that connections come in by. */
  set port(port: number) {
    this.#terms.localPort = port
  }

  /** Takes an accepted connection, which has TCP_NODELAY from its listening socket. */
  accept(tcp: LowerHandle): void {
    this.#handshakes.add(new HandleHandshake(this.#terms, tcp, this.#over))
  }

  /** Cuts connections that are still shaking hands. */
  close(): void {
    for (const handshake of this.#handshakes) handshake.refuse()
  }

  readonly #over = (handshake: HandleHandshake): void => {
    this.#handshakes.delete(handshake)
  }

  #contextFor(certificate: Pair | undefined): SecureContext {
    const pair = certificate ? { cert: certificate.chain, key: certificate.key } : {}
    const context = createSecureContext({ ...PROTOCOL, ...pair, sessionTimeout: this.#options.sessionSeconds })
    if (this.#ticketKeys) context.context.setTicketKeys(this.#ticketKeys)
    return context
  }
}

/** RFC 7301 section 3.1: each name behind its length. */
export function alpnList(protocols: string[]): Buffer {
  return Buffer.concat(protocols.map((name) => Buffer.from([name.length, ...Buffer.from(name, 'latin1')])))
}

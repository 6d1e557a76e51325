import type { SecureContext } from 'node:tls'
import { TLS_READS, TlsHandleConnection } from '../io/tls-handle-connection.ts'
import type { LowerHandle, TlsHandle, TlsHandles } from '../io/tls-handles.ts'
import { type Listed, NO_SLOT } from '../roster.ts'

/** What all handshakes of a listener have in common. */
export type HandshakeTerms = {
  readonly handles: TlsHandles
  /** For visitors who name no host, and what does not depend on the name: versions, ciphers, tickets. */
  defaultContext: SecureContext
  /** What a handshake for this name, in lower case, is made with; undefined: none is. */
  find(name: string): Promise<SecureContext | undefined> | undefined
  /** As ALPN writes them (RFC 7301). */
  protocols: Uint8Array
  limitMs: number
  localPort: number
  done(connection: TlsHandleConnection, resumed: boolean): void
  refused(): void
}

/** A TLS handshake on an accepted TCP handle, up to the connection that it becomes; whatever goes wrong cuts it off. */
export class HandleHandshake implements Listed {
  slot = NO_SLOT
  readonly #terms: HandshakeTerms
  readonly #tcp: LowerHandle
  readonly #tls: TlsHandle
  readonly #timer: NodeJS.Timeout
  #over: (handshake: HandleHandshake) => void
  #closed = false

  /** `over` is called once, when it is nobody's business any more. */
  constructor(terms: HandshakeTerms, tcp: LowerHandle, over: (handshake: HandleHandshake) => void) {
    this.#terms = terms
    this.#tcp = tcp
    this.#over = over
    const tls = terms.handles.wrap(tcp, nativeOf(terms.defaultContext), true, false)
    this.#tls = tls
    // Nothing but these two keep each other alive: a session that was collected would take the process with it.
    tcp.above = tls
    tcp.onread = nothing
    tls.owner = this
    tls.onread = onRead
    tls.onhandshakestart = nothing
    tls.onhandshakedone = onDone
    tls.oncertcb = onHello
    tls.onerror = onError
    tls.enableCertCb()
    tls.setALPNProtocols(terms.protocols)
    tls.useUserBuffer(TLS_READS)
    this.#timer = setTimeout(() => this.refuse(), terms.limitMs)
    tls.readStart()
  }

  /** Cuts it off. */
  refuse(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#tcp.close(() => this.#tls.destroySSL())
    this.#over(this)
    this.#terms.refused()
  }

  /** The hello is here: which certificate? */
  async choose(servername: string | null): Promise<void> {
    try {
      const context = servername ? await this.#terms.find(servername.toLowerCase()) : this.#terms.defaultContext
      if (this.#closed) return
      if (!context) throw new Error('there is no certificate for this name')
      if (servername) this.#tls.sni_context = nativeOf(context)
      this.#tls.certCbDone()
    } catch {
      this.refuse()
    }
  }

  done(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#over(this)
    const connection = new TlsHandleConnection(this.#terms.handles, this.#tcp, this.#tls, this.#terms.localPort)
    this.#terms.done(connection, this.#tls.isSessionReused())
  }

  arrived(): void {
    const { state, READ_BYTES_OR_ERROR } = this.#terms.handles
    if ((state[READ_BYTES_OR_ERROR] as number) < 0) this.refuse()
  }
}

function nativeOf(context: SecureContext): object {
  return context.context
}

function nothing(): undefined {}

function onRead(this: TlsHandle): undefined {
  ;(this.owner as HandleHandshake).arrived()
}

function onHello(this: TlsHandle, { servername }: { servername: string | null }): void {
  void (this.owner as HandleHandshake).choose(servername)
}

function onDone(this: TlsHandle): void {
  ;(this.owner as HandleHandshake).done()
}

function onError(this: TlsHandle): void {
  ;(this.owner as HandleHandshake).refuse()
}

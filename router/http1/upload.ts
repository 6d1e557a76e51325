import type { Exchange } from './exchange.ts'
import { trailers } from './headers.ts'
import { Pump } from './pump.ts'
import type { Upstream } from './upstream.ts'

/** An app that does not know `Expect` never says 100: the client's body is asked for after this long. */
const CONTINUE_MS = 1_000

/** The client's body on its way to one target. Nothing of it is read before the target is connected. */
export class Upload {
  readonly #exchange: Exchange
  readonly #upstream: Upstream
  #pump: Pump | null = null
  #continue: NodeJS.Timeout | null = null
  #stopped = false
  onMoved: () => void

  constructor(exchange: Exchange, upstream: Upstream, awaitsContinue: boolean) {
    this.#exchange = exchange
    this.#upstream = upstream
    this.onMoved = () => upstream.keepWaiting()
    if (exchange.head.body === 'none') {
      upstream.request.end()
      return
    }
    upstream.request.flushHeaders()
    upstream.blame = () => (this.clientStalls ? 'H28' : 'H12')
    upstream.onConnected = () => (awaitsContinue ? this.#awaitContinue() : this.#start())
  }

  /** The app would take more, but the client does not send it. */
  get clientStalls(): boolean {
    const { incoming, head } = this.#exchange
    return head.body !== 'none' && !incoming.complete && this.#pump !== null && !this.#pump.blocked
  }

  /** The app has answered: what is left of the body is of no interest to it. */
  stop(): void {
    this.#stopped = true
    if (this.#continue) clearTimeout(this.#continue)
    this.#pump?.stop()
  }

  #awaitContinue(): void {
    const proceed = () => {
      if (this.#continue) clearTimeout(this.#continue)
      if (this.#stopped || this.#pump) return
      if (!this.#exchange.response.destroyed) this.#exchange.response.writeContinue()
      this.#start()
    }
    this.#upstream.request.once('continue', proceed)
    this.#continue = setTimeout(proceed, CONTINUE_MS)
  }

  #start(): void {
    const { incoming } = this.#exchange
    const { request } = this.#upstream
    this.#pump = new Pump(incoming, request, () => this.onMoved())
    const finish = () => {
      if (this.#stopped || request.destroyed) return
      if (this.#exchange.head.body === 'chunked') request.addTrailers(trailers(incoming.rawTrailers))
      request.end()
    }
    if (incoming.readableEnded) finish()
    else incoming.once('end', finish)
  }
}

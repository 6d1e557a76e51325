import type { IncomingMessage } from 'node:http'
import type { FailureCode } from '../failures.ts'
import { endResponse, owesBody } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { responseHeaders, trailers } from './headers.ts'
import { Pump } from './pump.ts'
import type { Upload } from './upload.ts'

/** Passes an app's answer on to the client. Resolves when the app's part is over, whole or broken. */
export class Relay {
  readonly done: Promise<void>
  readonly #exchange: Exchange
  readonly #source: IncomingMessage
  readonly #upload: Upload
  readonly #resolve: () => void
  readonly #idle: NodeJS.Timeout
  #pump: Pump | null = null
  #over = false
  #flushed = 0

  constructor(exchange: Exchange, source: IncomingMessage, upload: Upload, idleMs: number) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.done = promise
    this.#resolve = resolve
    this.#exchange = exchange
    this.#source = source
    this.#upload = upload
    this.#idle = setTimeout(() => this.#idled(), idleMs)
    upload.onMoved = () => this.#idle.refresh()
    exchange.onCut = (code) => this.#break(code)
    exchange.response.once('close', () => clearTimeout(this.#idle))
    exchange.response.once('finish', () => exchange.journal.close(source.statusCode ?? 0))
    if (exchange.gone.aborted) this.#break('H27')
    else if (source.destroyed) this.#break('H18')
    else if (this.#sendHead()) this.#sendBody()
  }

  #sendHead(): boolean {
    const { response, incoming, head } = this.#exchange
    const { statusCode = 0, statusMessage = '', rawHeaders } = this.#source
    if (owesBody(incoming)) response.shouldKeepAlive = false
    try {
      response.writeHead(statusCode, statusMessage, responseHeaders(rawHeaders, head.acceptsTrailers))
      return true
    } catch {
      this.#break('H17')
      return false
    }
  }

  #sendBody(): void {
    const { response, journal } = this.#exchange
    this.#pump = new Pump(this.#source, response, (chunk) => {
      journal.bytes += chunk.length
      this.#idle.refresh()
    })
    this.#source.once('end', () => this.#finish())
    this.#source.once('error', () => this.#break('H18'))
    this.#source.once('close', () => this.#break('H18'))
    // The head leaves with the first bytes of the body if they are here already, and alone if the app takes its time.
    setImmediate(() => {
      if (!response.writableEnded && !response.destroyed) response.flushHeaders()
    })
  }

  #finish(): void {
    if (this.#over || !this.#source.complete) return
    this.#leave()
    const { incoming, response, head } = this.#exchange
    if (owesBody(incoming)) this.#source.destroy()
    if (head.acceptsTrailers && this.#source.rawTrailers.length > 0) {
      response.addTrailers(trailers(this.#source.rawTrailers))
    }
    endResponse(incoming, response)
  }

  #break(code: FailureCode): void {
    if (this.#over) return
    this.#leave()
    this.#source.on('error', () => {})
    this.#source.destroy()
    this.#exchange.fail(code)
  }

  #leave(): void {
    this.#over = true
    this.#exchange.onCut = () => this.#exchange.fail('H27')
    this.#upload.stop()
    this.#pump?.stop()
    this.#resolve()
  }

  /** Nothing moved for the time of the service: unless the client is still taking what we hold, someone has stalled. */
  #idled(): void {
    const { socket } = this.#exchange.response
    const flushed = (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0)
    if (flushed > this.#flushed) {
      this.#flushed = flushed
      this.#idle.refresh()
      return
    }
    if (this.#over) this.#exchange.fail('H28')
    else this.#break(this.#pump?.blocked || this.#upload.clientStalls ? 'H28' : 'H15')
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Work } from '../drain.ts'
import { errorPage, failureProblem } from '../error-pages.ts'
import type { FailureCode } from '../failures.ts'
import { FAILURES } from '../failures.ts'
import type { Service } from '../service.ts'
import { sendPage } from './answer.ts'
import type { Journal } from './journal.ts'
import type { RequestHead } from './request-head.ts'

/** One request of a client and the answer it is owed. */
export class Exchange implements Work {
  readonly kind = 'request'
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly head: RequestHead
  readonly service: Service
  readonly journal: Journal
  /** Ends whatever is under way for this exchange. */
  onCut: ((code: FailureCode) => void) | null = null
  readonly #gone = new AbortController()

  constructor(
    incoming: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
    service: Service,
    journal: Journal,
  ) {
    this.incoming = incoming
    this.response = response
    this.head = head
    this.service = service
    this.journal = journal
    incoming.on('error', () => {})
    response.on('error', () => {})
    response.once('close', () => this.#clientLeft())
  }

  /** Aborted when the client left before it had its whole answer. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Safe to send twice: no body, and a method without effects (RFC 9110 section 9.2.1). */
  get repeatable(): boolean {
    return this.head.body === 'none' && isSafe(this.head.method)
  }

  cut(): void {
    this.onCut?.('H18')
  }

  /** Ends the exchange with an error page, or, when the answer had begun, by breaking the connection. */
  fail(code: FailureCode): void {
    const { status } = FAILURES[code]
    const { requestId } = this.journal.client
    const page = errorPage(failureProblem(code), this.incoming.headers.accept, requestId)
    const cut = this.response.headersSent || status === 499
    if (!cut && this.incoming.method !== 'HEAD') this.journal.bytes = Buffer.byteLength(page.body)
    this.journal.close(status, code)
    if (this.response.destroyed) return
    if (cut) {
      this.response.destroy()
      return
    }
    sendPage(this.incoming, this.response, page, requestId)
  }

  #clientLeft(): void {
    if (this.response.writableFinished) return
    this.#gone.abort()
    this.onCut?.('H27')
  }
}

export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE'
}

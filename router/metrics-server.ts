import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer, pipeline, Readable } from './builtins.ts'
import { descriptorOf, listenTcp, type Place, stopAccepting } from './listen.ts'
import { type Log, messageOf } from './log.ts'
import { CONTENT_TYPE } from './prometheus.ts'

/** A scraper or two, and somebody with curl. */
const MOST_CONNECTIONS = 16
const REQUEST_MS = 10_000

/** Whoever has the metrics, in parts. */
export interface MetricsSource {
  metrics(): Promise<Iterable<string>>
}

/** Prometheus text on a port of its own, which the world should not reach: names of apps and their traffic are in it. */
export class MetricsServer implements Disposable {
  readonly #source: MetricsSource
  readonly #log: Log
  readonly #server: Server

  constructor(source: MetricsSource, log: Log) {
    this.#source = source
    this.#log = log
    this.#server = createServer({ headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS }, (incoming, response) => {
      void this.#serve(incoming, response)
    })
    this.#server.maxConnections = MOST_CONNECTIONS
  }

  /** Resolves with the port. */
  async listen(place: Place): Promise<number> {
    await listenTcp(this.#server, place)
    return (this.#server.address() as AddressInfo).port
  }

  /** Of the listening socket, for a successor. */
  get descriptor(): number | undefined {
    return descriptorOf(this.#server)
  }

  stop(): void {
    stopAccepting(this.#server)
  }

  [Symbol.dispose](): void {
    this.stop()
    this.#server.closeAllConnections()
  }

  async #serve({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {})
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'Use GET.')
    if (url.split('?', 1)[0] !== '/metrics') return refuse(response, 404, 'The metrics are at /metrics.')
    try {
      await sendMetrics(this.#source, response)
    } catch (error) {
      this.#log.error('metrics.failed', { reason: messageOf(error) })
      refuse(response, 500, 'The metrics could not be gathered. Read the router’s log.')
    }
  }
}

/** Rejects when there is nothing to send; a reader who leaves early is no failure. */
export async function sendMetrics(source: MetricsSource, response: ServerResponse): Promise<void> {
  const parts = await source.metrics()
  response.writeHead(200, { 'content-type': CONTENT_TYPE })
  pipeline(Readable.from(parts), response, () => {})
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${text}\n`)
}

import type { ClientRequest, IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { request } from './builtins.ts'
import {
  type DrainedAnswer,
  type DrainedRequest,
  HANDED_OVER,
  type ProbeAnswer,
  type ProbeRequest,
  type PutTableAnswer,
  type RestartAnswer,
  type RouterProblem,
  type RouterStatus,
} from './contract/call.ts'
import type {
  CertificatesAnswer,
  CheckDomainsAnswer,
  PutCertificateAnswer,
  PutCertificateRequest,
} from './contract/certificate.ts'
import type { RouterEvent } from './contract/event.ts'
import type { RouterTable } from './contract/table.ts'

/** The router does not answer on its socket: stopped, starting, or another path. */
export class RouterUnavailable extends Error {}

/** The router answered, and refused; `problem` says why. */
export class RouterRefused extends Error {
  readonly problem: RouterProblem

  constructor(problem: RouterProblem) {
    super(problem.detail)
    this.problem = problem
  }
}

const ANSWER_MS = 10_000
/** Names are looked up, and addresses called. */
const CHECK_MS = 60_000
/** A successor has to load its code, and is given up after 30 s. */
const RESTART_MS = 60_000
/** Calls that meet a router which hands over to its successor are repeated; two successions in a row are rare. */
const MOST_REPEATS = 5
const REPEAT_PAUSE_MS = 20
const FIRST_RECONNECT_MS = 100
const LONGEST_RECONNECT_MS = 2_000

/** Speaks the router's contract over its unix socket. Rejects with RouterUnavailable or RouterRefused. */
export class RouterClient {
  readonly #socketPath: string

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  put(table: RouterTable): Promise<PutTableAnswer> {
    return this.#call('PUT', '/table', table)
  }

  probe(probe: ProbeRequest, signal?: AbortSignal): Promise<ProbeAnswer> {
    return this.#call('POST', '/probe', probe, within(probe.deadlineMs + ANSWER_MS, signal))
  }

  drained(drained: DrainedRequest, signal?: AbortSignal): Promise<DrainedAnswer> {
    return this.#call('POST', '/drained', drained, signal ?? null)
  }

  async pause(service: string, holdMs: number): Promise<void> {
    await this.#call('POST', `/services/${encodeURIComponent(service)}/pause`, { holdMs })
  }

  async resume(service: string): Promise<void> {
    await this.#call('POST', `/services/${encodeURIComponent(service)}/resume`, {})
  }

  certificates(): Promise<CertificatesAnswer> {
    return this.#call('GET', '/certificates')
  }

  /** In force when it resolves. */
  putCertificate(name: string, pair: PutCertificateRequest): Promise<PutCertificateAnswer> {
    return this.#call('PUT', `/certificates/${encodeURIComponent(name)}`, pair)
  }

  async removeCertificate(name: string): Promise<void> {
    await this.#call('DELETE', `/certificates/${encodeURIComponent(name)}`)
  }

  checkDomains(names: string[]): Promise<CheckDomainsAnswer> {
    return this.#call('POST', '/domains/check', { names }, AbortSignal.timeout(CHECK_MS))
  }

  /** Starts the router anew from its files on disk; resolves when the new process serves. No request is lost. */
  restart(): Promise<RestartAnswer> {
    return this.#call('POST', '/restart', {}, AbortSignal.timeout(RESTART_MS))
  }

  status(): Promise<RouterStatus> {
    return this.#call('GET', '/status')
  }

  /**
   * Reconnects by itself and ends with the signal. Each connection begins with `connected`, so that the owner can put
   * the table again. `only` leaves all other types of event out.
   */
  async *events(
    signal: AbortSignal,
    only?: RouterEvent['type'],
  ): AsyncIterable<RouterEvent | { type: 'connected'; status: RouterStatus }> {
    let pauseMs = FIRST_RECONNECT_MS
    while (!signal.aborted) {
      try {
        const stream = await this.#open('GET', only ? `/events?only=${only}` : '/events', undefined, signal)
        yield { type: 'connected', status: await this.status() }
        pauseMs = FIRST_RECONNECT_MS
        yield* ndjson(stream)
        // Ended in order: a successor is there.
        continue
      } catch {
        // Whatever broke the stream, the answer is the same: connect again and start from the status.
      }
      await pause(pauseMs, undefined, { signal }).catch(() => {})
      pauseMs = Math.min(LONGEST_RECONNECT_MS, pauseMs * 2)
    }
  }

  async #call<Answer>(
    method: string,
    path: string,
    body?: unknown,
    signal: AbortSignal | null = AbortSignal.timeout(ANSWER_MS),
  ): Promise<Answer> {
    return JSON.parse(
      await this.#persistently(async () => text(await this.#send(method, path, body, signal))),
    ) as Answer
  }

  #open(method: string, path: string, body: unknown, signal: AbortSignal | null): Promise<IncomingMessage> {
    return this.#persistently(() => this.#send(method, path, body, signal))
  }

  /** Every call may be made twice; one that a leaving process refused is made again, of its successor. */
  async #persistently<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    for (let repeats = 0; ; repeats += 1) {
      try {
        return await call()
      } catch (error) {
        if (!isHandedOver(error) || repeats >= MOST_REPEATS) throw error
        await pause(REPEAT_PAUSE_MS)
      }
    }
  }

  /** Resolves with a response of 2xx. */
  async #send(method: string, path: string, body: unknown, signal: AbortSignal | null): Promise<IncomingMessage> {
    const payload = body === undefined ? '' : JSON.stringify(body)
    const outgoing = request({
      socketPath: this.#socketPath,
      method,
      path,
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
      ...(signal ? { signal } : {}),
    })
    const response = await answerTo(outgoing, payload, this.#socketPath, signal)
    if (response.statusCode === 200) return response
    throw new RouterRefused(JSON.parse(await text(response)) as RouterProblem)
  }
}

function isHandedOver(error: unknown): boolean {
  return error instanceof RouterRefused && error.problem.code === HANDED_OVER
}

function answerTo(
  outgoing: ClientRequest,
  payload: string,
  socketPath: string,
  signal: AbortSignal | null,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.on('error', (cause) => {
      const stopped = signal?.aborted && (signal.reason as Error | undefined)?.name !== 'TimeoutError'
      reject(
        stopped
          ? cause
          : new RouterUnavailable(`The router does not answer on ${socketPath}: ${cause.message}`, { cause }),
      )
    })
    outgoing.end(payload)
  })
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(chunk)
  } catch (cause) {
    throw new RouterUnavailable('The router went away in the middle of its answer', { cause })
  }
  return Buffer.concat(chunks).toString('utf8')
}

function within(ms: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(ms)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}

async function* ndjson(stream: IncomingMessage): AsyncIterable<RouterEvent> {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as RouterEvent
  }
}

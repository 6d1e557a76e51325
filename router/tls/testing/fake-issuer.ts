import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AcmeIssuer } from '../../contract/certificate.ts'
import { certificateFor, type Pair } from './self-signed.ts'

const run = promisify(execFile)

type Misdeed = (response: ServerResponse) => void
type OrderState = { name: string; status: string; chain: string }

/** An issuer that believes everything it is told, and misbehaves as told: `next('newOrder', ...)`, `always(...)`. */
export class FakeIssuer implements AsyncDisposable {
  /** Endpoints as they were called: `newAccount`, `newOrder`, `authz`, `challenge`, `finalize`, `order`, `cert`, `ari`. */
  readonly calls: string[] = []
  readonly payloads: Record<string, unknown>[] = []
  /** Who leaves in the middle of a request is answered nothing. */
  readonly #server = createServer((request, response) => void this.#serve(request, response).catch(() => {}))
  readonly #next = new Map<string, Misdeed[]>()
  readonly #always = new Map<string, Misdeed>()
  readonly #orders: OrderState[] = []
  readonly #root: Pair
  /** How many looks at an order it takes until it is done. */
  looksUntilValid = 0
  /** What it asks for between two looks at an order that it works on. */
  retryAfterSeconds: number | null = null
  /** How many certificates it has made. */
  signed = 0
  validityDays = 90
  /** What becomes of a chain, the leaf first and then the root, before it is sent. */
  dress = (chain: string): string => chain
  window: { start: string; end: string } | null = null
  port = 0

  static async start(): Promise<FakeIssuer> {
    const issuer = new FakeIssuer(await certificateFor(['Fake Root'], { isCa: true }))
    issuer.port = await new Promise((resolve) => {
      issuer.#server.listen(0, '127.0.0.1', () => resolve((issuer.#server.address() as AddressInfo).port))
    })
    return issuer
  }

  private constructor(root: Pair) {
    this.#root = root
  }

  issuer(changes: Partial<AcmeIssuer> = {}): AcmeIssuer {
    const directoryUrl = `http://127.0.0.1:${this.port}/directory`
    return { name: 'Fake', directoryUrl, eab: null, profile: null, challenge: 'http-01', trustedCa: null, ...changes }
  }

  next(endpoint: string, ...misdeeds: Misdeed[]): void {
    this.#next.set(endpoint, [...(this.#next.get(endpoint) ?? []), ...misdeeds])
  }

  always(endpoint: string, misdeed: Misdeed | null): void {
    misdeed ? this.#always.set(endpoint, misdeed) : this.#always.delete(endpoint)
  }

  /** It has looked at the name of an order, and found its proof. */
  find(id: number): void {
    const order = this.#orders[id]
    if (order) order.status = 'ready'
  }

  count(endpoint: string): number {
    return this.calls.filter((call) => call === endpoint).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const part of request) text += part
    const [, endpoint = '', id = ''] = (request.url ?? '').split('/')
    this.calls.push(endpoint)
    response.setHeader('replay-nonce', `nonce-${this.calls.length}`)
    const payload = payloadOf(text)
    if (payload) this.payloads.push(payload)
    const misdeed = this.#next.get(endpoint)?.shift() ?? this.#always.get(endpoint)
    if (misdeed) return misdeed(response)
    await this.#answer(endpoint, Number(id), payload, response)
  }

  async #answer(
    endpoint: string,
    id: number,
    payload: Record<string, unknown> | null,
    response: ServerResponse,
  ): Promise<void> {
    const at = (path: string) => `http://127.0.0.1:${this.port}/${path}`
    const order = this.#orders[id]
    const places = { newNonce: at('newNonce'), newAccount: at('newAccount'), newOrder: at('newOrder') }
    switch (endpoint) {
      case 'directory':
        return json(response, 200, { ...places, ...(this.window ? { renewalInfo: at('ari') } : {}) })
      case 'newAccount':
        return json(response, 201, { status: 'valid' }, at('account/1'))
      case 'newOrder': {
        const identifiers = payload?.['identifiers'] as { value: string }[] | undefined
        this.#orders.push({ name: identifiers?.[0]?.value ?? '', status: 'pending', chain: '' })
        return json(response, 201, this.#bodyOf(this.#orders.length - 1), at(`order/${this.#orders.length - 1}`))
      }
      case 'authz':
        return json(response, 200, {
          status: order?.status === 'pending' ? 'pending' : 'valid',
          identifier: { type: 'dns', value: order?.name },
          challenges: [{ type: 'http-01', url: at(`challenge/${id}`), token: `token-${id}`, status: 'pending' }],
        })
      case 'challenge':
        this.find(id)
        return json(response, 200, { status: 'valid' })
      case 'finalize':
        // Signed while it is asked after: a busy machine takes its time.
        if (order?.status === 'ready') {
          order.status = 'processing'
          void this.#sign(String(payload?.['csr'])).then((chain) => {
            order.chain = chain
            this.signed += 1
          })
        }
        return json(response, 200, this.#bodyOf(id))
      case 'order':
        if (order?.status === 'processing' && this.looksUntilValid-- <= 0 && order.chain) order.status = 'valid'
        if (order?.status === 'processing' && this.retryAfterSeconds !== null) {
          response.setHeader('retry-after', this.retryAfterSeconds)
        }
        return json(response, 200, this.#bodyOf(id))
      case 'cert':
        response.setHeader('content-type', 'application/pem-certificate-chain')
        response.end(this.dress(order?.chain ?? ''))
        return
      case 'ari':
        return json(response, 200, { suggestedWindow: this.window })
      default:
        return json(response, 200, {})
    }
  }

  #bodyOf(id: number): object {
    const at = (path: string) => `http://127.0.0.1:${this.port}/${path}/${id}`
    const { status } = this.#orders[id] as OrderState
    return {
      status,
      authorizations: [at('authz')],
      finalize: at('finalize'),
      ...(status === 'valid' ? { certificate: at('cert') } : {}),
    }
  }

  async #sign(csr: string): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'fake-issuer-'))
    const at = (name: string) => join(directory, name)
    try {
      await writeFile(at('csr'), Buffer.from(csr, 'base64url'))
      await writeFile(at('ca.crt'), this.#root.chain)
      await writeFile(at('ca.key'), this.#root.key)
      const signing = [
        '-CA',
        at('ca.crt'),
        '-CAkey',
        at('ca.key'),
        '-CAcreateserial',
        '-days',
        String(this.validityDays),
      ]
      await run('openssl', [
        'x509',
        '-req',
        '-inform',
        'DER',
        '-in',
        at('csr'),
        '-out',
        at('crt'),
        '-copy_extensions',
        'copy',
        ...signing,
      ])
      return (await readFile(at('crt'), 'utf8')) + this.#root.chain
    } finally {
      await rm(directory, { recursive: true })
    }
  }
}

/** A problem document (RFC 8555 section 6.7). */
export function problem(status: number, type: string, detail: string, headers: Record<string, string> = {}): Misdeed {
  return (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    json(response, status, { type: `urn:ietf:params:acme:error:${type}`, detail })
  }
}

export function json(response: ServerResponse, status: number, body: object, location?: string): void {
  response.writeHead(status, { 'content-type': 'application/json', ...(location ? { location } : {}) })
  response.end(JSON.stringify(body))
}

function payloadOf(text: string): Record<string, unknown> | null {
  if (!text) return null
  const { payload } = JSON.parse(text)
  return payload ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : null
}

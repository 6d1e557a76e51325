import type { Agent } from 'node:https'
import type { AcmeIssuer } from '../../contract/certificate.ts'
import { type CallAnswer, call } from '../https-call.ts'
import { type SignedAnswer, type SigningClient, signingClient } from './acme-package.ts'
import { Refusal, refusalOf, retryAfter } from './refusal.ts'

/** RFC 8555 section 6.5: a bad nonce is no fault of anyone's; more than this many in a row is. */
const NONCE_TRIES = 10
/** A day, after which the directory is asked for again: issuers move their endpoints. */
const DIRECTORY_MS = 86_400_000

export type AcmeAnswer<Body> = { body: Body; location: string | null; retryAfterMs: number | null }

/** RFC 8555 section 7.1.1; `renewalInfo` is RFC 9773, `profiles` the draft of that name. */
export type Directory = {
  newAccount: string
  newOrder: string
  renewalInfo?: string
  meta?: { caaIdentities?: string[]; profiles?: Record<string, string>; externalAccountRequired?: boolean }
}

/** Signed conversation with one issuer under one account key. Throws Refusal and Unreachable, each in words. */
export class AcmeSession {
  readonly issuer: AcmeIssuer
  readonly #client: SigningClient
  readonly #agent: Agent
  readonly #limitMs: number | undefined
  #directory: { content: Directory; at: number } | null = null
  /** Set once the account is known. */
  accountUrl: string | null = null

  private constructor(issuer: AcmeIssuer, client: SigningClient, limitMs: number | undefined) {
    this.issuer = issuer
    this.#client = client
    this.#limitMs = limitMs
    this.#agent = agentFor(issuer)
  }

  static async open(issuer: AcmeIssuer, accountKey: string, limitMs?: number): Promise<AcmeSession> {
    const client = await signingClient(issuer, accountKey)
    const session = new AcmeSession(issuer, client, limitMs)
    session.#takeOver(client)
    return session
  }

  /** Of our account key (RFC 7638): with a token it makes a proof. */
  get jwk(): Record<string, string> {
    return this.#client.getJwk()
  }

  async directory(): Promise<Directory> {
    if (this.#directory && Date.now() - this.#directory.at < DIRECTORY_MS) return this.#directory.content
    const { body } = this.#read<Directory>(await this.#client.request(this.issuer.directoryUrl, 'get'), [200])
    if (typeof body !== 'object' || typeof body?.newOrder !== 'string') {
      throw new Refusal('issuer', `${this.issuer.directoryUrl} is not the directory of an ACME issuer`)
    }
    this.#directory = { content: body, at: Date.now() }
    return body
  }

  /** POST, or POST-as-GET without a payload (RFC 8555 section 6.3). */
  async post<Body>(url: string, payload: unknown, expected: readonly number[]): Promise<AcmeAnswer<Body>> {
    return this.#read(await this.#client.signedRequest(url, payload, { kid: this.accountUrl }), expected)
  }

  /** Signed by the key itself, for there is no account yet (RFC 8555 section 7.3). */
  async postNewAccount<Body>(payload: object): Promise<AcmeAnswer<Body>> {
    const { newAccount } = await this.directory()
    const options = { kid: null, includeExternalAccountBinding: this.issuer.eab !== null }
    return this.#read(await this.#client.signedRequest(newAccount, payload, options), [200, 201])
  }

  /** Unsigned, for what is public. */
  async get<Body>(url: string): Promise<AcmeAnswer<Body>> {
    return this.#read(await this.#client.request(url, 'get'), [200])
  }

  close(): void {
    this.#agent.destroy()
  }

  /** Our own transport: time limits, no hidden retries, and reasons that say what happened. */
  #takeOver(client: SigningClient): void {
    const request = client.request.bind(client)
    client.maxBadNonceRetries = NONCE_TRIES
    client.request = (url, method, options) =>
      request(url, method, { ...options, adapter: (config: AxiosCall) => this.#send(config) })
  }

  async #send(config: AxiosCall): Promise<object> {
    const answer = await call(config.url, {
      method: config.method.toUpperCase(),
      headers: { 'content-type': 'application/jose+json', 'user-agent': 'paas-router', accept: '*/*' },
      body: config.data ?? '',
      agent: config.url.startsWith('https:') ? this.#agent : undefined,
      limitMs: this.#limitMs,
    })
    return { ...answer, data: dataOf(answer), statusText: '', config }
  }

  #read<Body>({ status, headers, data }: SignedAnswer, expected: readonly number[]): AcmeAnswer<Body> {
    const retryAfterMs = retryAfter(headers['retry-after'], Date.now())
    if (!expected.includes(status)) {
      // An endpoint that is gone may have moved: the directory is read again before the next try.
      if (status === 404) this.#directory = null
      throw refusalOf(this.issuer.name, status, data, retryAfterMs)
    }
    return { body: data as Body, location: headers['location'] ?? null, retryAfterMs }
  }
}

/** Loaded here, with the package: see there. */
function agentFor({ trustedCa }: AcmeIssuer): Agent {
  const { Agent } = process.getBuiltinModule('node:https')
  const { rootCertificates } = process.getBuiltinModule('node:tls')
  return new Agent({ keepAlive: true, maxSockets: 8, ...(trustedCa ? { ca: [...rootCertificates, trustedCa] } : {}) })
}

type AxiosCall = { url: string; method: string; data?: string }

function dataOf({ body, headers }: CallAnswer): unknown {
  if (!/json/.test(headers['content-type'] ?? '')) return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

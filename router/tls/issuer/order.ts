import { isIP } from 'node:net'
import { createHash } from '../../builtins.ts'
import { BadCertificate } from '../bad-certificate.ts'
import { type Certificate, covers, linkedPart, readCertificate } from '../certificate.ts'
import type { Clock } from '../clock.ts'
import { certificateRequest } from './acme-package.ts'
import type { PendingOrder, PendingOrders } from './pending-orders.ts'
import { newPrivateKey } from './private-key.ts'
import { type AcmeProblem, Refusal, refusalOf } from './refusal.ts'
import type { AcmeAnswer, AcmeSession } from './session.ts'

/** RFC 8555 section 7.1.3. */
type OrderBody = {
  status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'
  authorizations: string[]
  finalize: string
  certificate?: string
  error?: AcmeProblem
}
/** RFC 8555 section 7.1.4. */
type Authorization = {
  status: 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired' | 'revoked'
  identifier: { type: string; value: string }
  challenges: ChallengeBody[]
}
type ChallengeBody = { type: string; url: string; token: string; status: string; error?: AcmeProblem }
export type ChallengeType = 'http-01' | 'tls-alpn-01' | 'dns-01'

export type OrderRequest = {
  name: string
  challenge: ChallengeType
  profile: string | null
  /** Which certificate this one follows, as RFC 9773 section 5 names it. */
  replaces: string | null
}

/** Puts a proof up where the issuer will look, and takes it down when disposed of. */
export interface Prover {
  prove(
    type: ChallengeType,
    host: string,
    token: string,
    keyAuthorization: string,
    signal: AbortSignal,
  ): Promise<AsyncDisposable>
}

/** Between two looks at something that the issuer works on, unless it says otherwise. */
const FIRST_LOOK_MS = 250
const LONGEST_LOOK_MS = 15_000
/** An order still being worked on after this is left for the next try, which goes on with it. */
const PATIENCE_MS = 600_000

/** Gets one certificate from an issuer; what was begun before a crash is gone on with. Throws Refusal or Unreachable. */
export class Order {
  readonly #session: AcmeSession
  readonly #request: OrderRequest
  readonly #pending: PendingOrders
  readonly #prover: Prover
  readonly #clock: Clock
  #signal = new AbortController().signal

  constructor(
    session: AcmeSession,
    request: OrderRequest,
    parts: { pending: PendingOrders; prover: Prover; clock: Clock },
  ) {
    this.#session = session
    this.#request = request
    this.#pending = parts.pending
    this.#prover = parts.prover
    this.#clock = parts.clock
  }

  async run(signal: AbortSignal): Promise<Certificate> {
    this.#signal = signal
    const pending = (await this.#begun()) ?? (await this.#place())
    try {
      const order = await this.#complete(pending)
      return await this.#download(order, pending.key)
    } catch (error) {
      if (error instanceof Refusal && isOver(error)) await this.#pending.remove(this.#request.name)
      throw error
    }
  }

  async #begun(): Promise<PendingOrder | undefined> {
    const saved = await this.#pending.load(this.#request.name)
    if (saved?.directoryUrl !== this.#session.issuer.directoryUrl) return undefined
    const order = await this.#look(saved.url).catch((error: unknown) => {
      if (error instanceof Refusal && error.status >= 400 && error.status < 500 && error.status !== 429)
        return undefined
      throw error
    })
    return order && order.status !== 'invalid' ? saved : undefined
  }

  /** The key is on disk before the issuer hears of it, so that a certificate can never be without its key. */
  async #place(): Promise<PendingOrder> {
    const { name, profile, replaces } = this.#request
    const { newOrder, renewalInfo } = await this.#session.directory()
    const identifiers = [{ type: isIP(name) ? 'ip' : 'dns', value: name }]
    const order = { identifiers, ...(profile ? { profile } : {}) }
    const following = replaces && renewalInfo ? { ...order, replaces } : order
    const { location } = await this.#post<OrderBody>(newOrder, following, [201]).catch((error: unknown) => {
      const withoutIt = following !== order && error instanceof Refusal && isAboutReplaced(error)
      if (!withoutIt) throw accountFault(error)
      return this.#post<OrderBody>(newOrder, order, [201])
    })
    if (!location) throw new Refusal('issuer', `${this.#session.issuer.name} made an order without an address`)
    const pending = { directoryUrl: this.#session.issuer.directoryUrl, url: location, key: newPrivateKey() }
    await this.#pending.save(name, pending)
    return pending
  }

  async #complete({ url, key }: PendingOrder): Promise<OrderBody> {
    // Up until the order is settled: an issuer that was asked before and after a restart looks twice, and what the second
    // look does not find may undo what the first one found.
    await using proofs = new AsyncDisposableStack()
    let order = await this.#look(url)
    if (order.status === 'pending') {
      for (const authorization of order.authorizations) await this.#authorize(authorization, proofs)
      order = await this.#until(url, (body: OrderBody) => body.status !== 'pending')
    }
    if (order.status === 'ready') await this.#finalize(order.finalize, key)
    order = await this.#until(url, (body: OrderBody) => body.status === 'valid' || body.status === 'invalid')
    if (order.status === 'invalid') throw this.#invalid(order.error)
    return order
  }

  async #authorize(url: string, proofs: AsyncDisposableStack): Promise<void> {
    const { body } = await this.#post<Authorization>(url, null, [200])
    if (body.status === 'valid') return
    const challenge = body.challenges.find(({ type }) => type === this.#request.challenge)
    if (body.status !== 'pending') throw this.#invalid(body.challenges.find(({ error }) => error)?.error)
    if (!challenge) {
      const offered = body.challenges.map(({ type }) => type).join(', ')
      const asked = `${this.#session.issuer.name} does not take ${this.#request.challenge} for this name, only ${offered}`
      throw new Refusal('name', asked)
    }
    const { type, token } = challenge
    const keyAuthorization = `${token}.${thumbprint(this.#session.jwk)}`
    const host = body.identifier.value
    proofs.use(await this.#prover.prove(type as ChallengeType, host, token, keyAuthorization, this.#signal))
    if (challenge.status === 'pending') await this.#ask(challenge.url, url)
    const done = await this.#until(url, (authorization: Authorization) => authorization.status !== 'pending')
    if (done.status !== 'valid') throw this.#invalid(done.challenges.find(({ error }) => error)?.error)
  }

  /** It may have looked just now, since it was asked to before a restart, and refuse to do so again: what it found counts. */
  async #ask(challenge: string, authorization: string): Promise<void> {
    try {
      await this.#post(challenge, {}, [200])
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 400)) throw error
      const { body } = await this.#post<Authorization>(authorization, null, [200])
      if (body.status === 'pending') throw error
    }
  }

  async #finalize(url: string, key: string): Promise<void> {
    const csr = await certificateRequest(this.#request.name, key)
    try {
      await this.#post(url, { csr }, [200])
    } catch (error) {
      // Finalized already, before a crash or a lost answer: its state will tell.
      if (!(error instanceof Refusal && error.type === 'orderNotReady')) throw error
    }
  }

  async #download(order: OrderBody, key: string): Promise<Certificate> {
    const { name: issuer } = this.#session.issuer
    if (!order.certificate) throw new Refusal('issuer', `${issuer} made a certificate and does not say where it is`)
    const { body } = await this.#post<string>(order.certificate, null, [200])
    try {
      const certificate = readCertificate(linkedPart(String(body)), key)
      if (!covers(certificate.names, this.#request.name)) throw new BadCertificate('It is for other names.')
      return certificate
    } catch (error) {
      if (!(error instanceof BadCertificate)) throw error
      throw new Refusal('issuer', `${issuer} sent a certificate that is of no use: ${error.message}`, {
        type: 'badCertificate',
      })
    }
  }

  async #look(url: string): Promise<OrderBody> {
    return (await this.#post<OrderBody>(url, null, [200])).body
  }

  async #until<Body>(url: string, done: (body: Body) => boolean): Promise<Body> {
    const deadline = this.#clock.now() + PATIENCE_MS
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_LOOK_MS)) {
      const { body, retryAfterMs } = await this.#post<Body>(url, null, [200])
      if (done(body)) return body
      const next = this.#clock.now() + (retryAfterMs ?? pauseMs)
      if (next > deadline) throw new Refusal('issuer', `${this.#session.issuer.name} is still at work on the order`)
      await this.#clock.sleepUntil(next, this.#signal)
    }
  }

  /** Nothing new is begun for one who has left, or has been replaced by the next router. */
  #post<Body>(url: string, payload: unknown, expected: readonly number[]): Promise<AcmeAnswer<Body>> {
    this.#signal.throwIfAborted()
    return this.#session.post(url, payload, expected)
  }

  #invalid(problem: AcmeProblem | undefined): Refusal {
    const refusal = refusalOf(this.#session.issuer.name, 403, problem ?? { detail: 'the order became invalid' }, null)
    return new Refusal(refusal.fault, refusal.message, { type: refusal.type || 'invalid', status: 403 })
  }
}

/** RFC 7638. The members are in order already. */
function thumbprint(jwk: Record<string, string>): string {
  return createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')
}

/** Nothing more can come of this order, its issuer says so; after any other failure it is gone on with. */
function isOver({ status, type }: Refusal): boolean {
  return type === 'badCertificate' || (status >= 400 && status < 500 && status !== 429)
}

/** An order that failed counts as the replacement all the same, and not every issuer says so by the type of RFC 9773. */
function isAboutReplaced({ status, type }: Refusal): boolean {
  return type === 'alreadyReplaced' || status === 409
}

/** At this point no name has been looked at yet: what is not authorized is the account. */
function accountFault(error: unknown): unknown {
  if (!(error instanceof Refusal) || error.type !== 'unauthorized') return error
  const { message, type, status, retryAfterMs } = error
  const said = message.replace('it found something else than our proof', 'our account may not order (deactivated?)')
  return new Refusal('account', said, { type, status, retryAfterMs })
}

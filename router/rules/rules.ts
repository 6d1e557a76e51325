import type { ServiceRules, ServiceSpec } from '../contract/table.ts'
import type { OwnAnswers } from '../own-answers.ts'
import { AddressSet } from './address-set.ts'
import { BasicAuth } from './basic-auth.ts'
import { redirectToCanonical } from './canonical-host.ts'
import { RateLimit } from './rate-limit.ts'
import { BODY_TOO_LARGE, NOT_ALLOWED, type Refused, tooMany } from './refused.ts'
import { ResponseHeaders } from './response-headers.ts'
import { Selection } from './selection.ts'
import type { Needs, Visit } from './visit.ts'

/** What one service asks for beyond routes, made ready once per change of the table. */
export class Rules {
  readonly spec: ServiceRules
  readonly #allow: AddressSet | null
  readonly #rate: RateLimit | null
  readonly #auth: BasicAuth | null
  readonly maxBodyBytes: number
  /** What has to be read of each request; the rest of a visit stays empty. */
  readonly needs: Needs
  /** Null: any target will do for any visitor. */
  readonly selection: Selection | null
  readonly headers: ResponseHeaders | null

  /** Null: nothing is asked for. What has not changed since `before` goes on with what it remembers. */
  static compile({ rules }: ServiceSpec, before: Rules | null): Rules | null {
    if (!rules || Object.keys(rules).length === 0) return null
    return before && same(rules, before.spec) ? before : new Rules(rules, before)
  }

  private constructor(spec: ServiceRules, before: Rules | null) {
    const { allow, rateLimit, basicAuth, maxBodyBytes } = spec
    this.spec = spec
    this.#allow = allow ? new AddressSet(allow) : null
    const sameRate = before !== null && same(rateLimit, before.spec.rateLimit)
    const sameAuth = before !== null && same(basicAuth, before.spec.basicAuth)
    this.#rate = sameRate ? before.#rate : rateLimit ? new RateLimit(rateLimit) : null
    this.#auth = sameAuth ? before.#auth : basicAuth ? new BasicAuth(basicAuth) : null
    this.selection = Selection.compile(spec)
    this.headers = spec.responseHeaders ? new ResponseHeaders(spec.responseHeaders) : null
    const authorization = this.#auth !== null
    const cookies = Boolean(spec.sticky || spec.canary)
    const encodings = spec.compress === true
    this.needs = { authorization, cookies, encodings, any: authorization || cookies || encodings }
    this.maxBodyBytes = maxBodyBytes ?? Number.POSITIVE_INFINITY
  }

  /**
   * Null: the app may be asked. In this order, the cheap before the costly: who may come at all, how often, to which
   * host, with how much, and who it is.
   */
  admit(visit: Visit, answers: OwnAnswers): Refused | null | Promise<Refused | null> {
    if (this.#allow && !this.#allow.has(visit.address)) return NOT_ALLOWED
    const seconds = this.#rate?.take(visit.address, performance.now()) ?? 0
    if (seconds > 0) return tooMany(seconds)
    const { canonicalHost } = this.spec
    const redirect = canonicalHost ? redirectToCanonical(canonicalHost, visit, answers) : null
    if (redirect) return redirect
    if (visit.contentLength > this.maxBodyBytes) return BODY_TOO_LARGE
    return this.#auth?.admit(visit.authorization, visit.address) ?? null
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

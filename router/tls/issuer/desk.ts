import type { Log } from '../../log.ts'
import type { Certificate } from '../certificate.ts'
import type { Clock } from '../clock.ts'
import { DnsProviders } from '../dns/dns-providers.ts'
import { Lookup } from '../dns/lookup.ts'
import { Accounts } from './account.ts'
import type { Asking, Issuing, OrderAsked, ProofBoard } from './issuing.ts'
import { Order } from './order.ts'
import { PendingOrders } from './pending-orders.ts'
import { Proofs } from './proofs.ts'
import { Refusal } from './refusal.ts'
import { type RenewalInfo, renewalInfo } from './renewal-info.ts'
import type { AcmeSession } from './session.ts'

export type IssuerDeskOptions = {
  /** Holds account keys and orders under way. */
  directory: string
  board: ProofBoard
  clock: Clock
  log: Log
  /** How long an issuer may take for one answer. */
  limitMs?: number | undefined
}

/** Speaks with issuers in this process. It brings 21 MB of memory along, which is why IssuerProcess has it in another. */
export class IssuerDesk implements Issuing {
  readonly #accounts: Accounts
  readonly #pending: PendingOrders
  readonly #lookup = new Lookup()
  readonly #dns: DnsProviders
  readonly #proofs: Proofs
  readonly #clock: Clock

  constructor({ directory, board, clock, log, limitMs }: IssuerDeskOptions) {
    this.#accounts = new Accounts(`${directory}/issuers`, log, limitMs)
    this.#pending = new PendingOrders(`${directory}/orders`, log)
    this.#dns = new DnsProviders(this.#lookup, clock)
    this.#proofs = new Proofs(board, this.#dns)
    this.#clock = clock
  }

  async order(asked: OrderAsked, signal: AbortSignal): Promise<Certificate> {
    const { issuer, name, challenge, replaces } = asked
    this.#lookup.servers = asked.resolvers
    this.#dns.zones = asked.dns
    const session = await this.#session(asked)
    const request = { name, challenge, profile: issuer.profile, replaces }
    const order = new Order(session, request, { pending: this.#pending, prover: this.#proofs, clock: this.#clock })
    try {
      return await order.run(signal)
    } catch (error) {
      if (error instanceof Refusal && error.type === 'accountDoesNotExist') await this.#accounts.forget(session)
      throw error
    }
  }

  async caaIdentities(asked: Asking): Promise<readonly string[]> {
    const { meta } = await (await this.#session(asked)).directory()
    return meta?.caaIdentities ?? []
  }

  async renewalInfo({ chain, ...asked }: Asking & { chain: string }): Promise<RenewalInfo | undefined> {
    return renewalInfo(await this.#session(asked), chain)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#accounts.close()
  }

  #session({ issuer, email }: Asking): Promise<AcmeSession> {
    return this.#accounts.session(issuer, email)
  }
}

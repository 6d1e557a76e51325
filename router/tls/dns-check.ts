import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { randomBytes } from '../builtins.ts'
import type { DomainCheck } from '../contract/certificate.ts'
import { type Challenges, challengePath } from './challenges.ts'
import { type CaaRecord, type Lookup, LookupFailed } from './dns/lookup.ts'
import { call } from './https-call.ts'

const REACH_MS = 10_000
/** Where issuers look for http-01 (RFC 8555 section 8.3). */
const HTTP_PORT = 80

export type DnsCheckOptions = {
  lookup: Lookup
  challenges: Challenges
  /** Tests listen elsewhere. */
  httpPort?: number
  reachMs?: number
}

export type CheckQuestion = {
  name: string
  /** With dns-01 the name need not lead here. */
  byDns: boolean
  /** Addresses of ours, as the world sees them. */
  addresses: readonly string[]
  /** How the issuer calls itself in CAA records; asked for last, for it may take a call to the issuer. */
  caaIdentities(): Promise<readonly string[]>
}

/** Looks at a name as an issuer would, before one is asked: a failure there counts against us for an hour. */
export class DnsCheck {
  readonly #options: DnsCheckOptions

  constructor(options: DnsCheckOptions) {
    this.#options = options
  }

  /** What is wrong with the name is in the answer; throws only what `caaIdentities` throws. */
  async check(question: CheckQuestion): Promise<DomainCheck> {
    const { name } = question
    let addresses: string[] = []
    try {
      if (!isIP(name) && !question.byDns) addresses = await this.#options.lookup.addresses(name)
      const reason = (await this.#whereItLeads(question, addresses)) ?? (await this.#whoMayIssue(question))
      return { name, ready: reason === null, reason: reason ?? '', addresses }
    } catch (error) {
      if (!(error instanceof LookupFailed)) throw error
      return { name, ready: false, reason: error.message, addresses }
    }
  }

  async #whereItLeads({ name, byDns, addresses: own }: CheckQuestion, found: string[]): Promise<string | null> {
    if (byDns || isIP(name)) return null
    const ours = [...own, ...cardAddresses()]
    const shown = own[0] ?? 'this box'
    if (found.length === 0) return `${name} has no A or AAAA record. Add an A record that leads to ${shown}.`
    const elsewhere = found.filter((address) => !ours.includes(address))
    if (elsewhere.length === 0) return null
    // Behind a CDN or a port forwarding the address is another's, and requests still come here.
    const missing = await this.#missingAt(name, elsewhere)
    if (missing === null) return null
    const { address, why } = missing
    if (found.length > elsewhere.length && isIP(address) === 6) {
      return `${name} also has an AAAA record, ${address}, where this box does not answer (${why}), and issuers try it first. Remove it or let it lead here.`
    }
    return `${name} leads to ${address}, where this box does not answer (${why}). Let its A record lead to ${shown}.`
  }

  /** Asks each address for a file that only we have. Null when all of them have it. */
  async #missingAt(name: string, addresses: string[]): Promise<{ address: string; why: string } | null> {
    const [token, answer] = [randomBytes(24).toString('base64url'), randomBytes(24).toString('base64url')]
    await using _file = await this.#options.challenges.showFile(token, answer)
    const port = this.#options.httpPort ?? HTTP_PORT
    for (const address of addresses) {
      const url = `http://${isIP(address) === 6 ? `[${address}]` : address}:${port}${challengePath(token)}`
      const why = await call(url, {
        method: 'GET',
        headers: { host: name },
        limitMs: this.#options.reachMs ?? REACH_MS,
      }).then(
        ({ status, body }) => (body.trim() === answer ? null : `something else answers there, with ${status}`),
        (error: Error) => error.message,
      )
      if (why !== null) return { address, why }
    }
    return null
  }

  /** RFC 8659 section 4. */
  async #whoMayIssue({ name, caaIdentities: ask }: CheckQuestion): Promise<string | null> {
    const caaIdentities = await ask()
    if (caaIdentities.length === 0 || isIP(name)) return null
    const wildcard = name.startsWith('*.')
    const { at, records } = await this.#options.lookup.caa(name.replace(/^\*\./, ''))
    const wild = records.filter(({ tag }) => tag === 'issuewild')
    const binding = wildcard && wild.length > 0 ? wild : records.filter(({ tag }) => tag === 'issue')
    if (binding.length === 0 || binding.some((record) => caaIdentities.includes(issuerIn(record)))) return null
    const allowed = binding.map(issuerIn).filter(Boolean).join(', ') || 'nobody'
    return `A CAA record of ${at} allows ${allowed} to issue, and not ${caaIdentities[0]}. Add: ${at}. CAA 0 issue "${caaIdentities[0]}"`
  }
}

function issuerIn({ value }: CaaRecord): string {
  return (value.split(';')[0] ?? '').trim().toLowerCase()
}

function cardAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? [])
}

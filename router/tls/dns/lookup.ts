import { Resolver } from 'node:dns/promises'
import { codeOf } from '../../log.ts'

const LOOKUP_MS = 5_000
const TRIES = 2
/** These mean that there is no such record; anything else that there is no telling. */
const ABSENT = ['ENOTFOUND', 'ENODATA']

/** `tag`: issue, issuewild; `value` as it stands in the record (RFC 8659). */
export type CaaRecord = { tag: string; value: string }

/** DNS could not be asked, so nothing is known. */
export class LookupFailed extends Error {}

/** Questions to DNS. Records that are not there are an empty list; throws LookupFailed in words. */
export class Lookup {
  #resolver = new Resolver({ timeout: LOOKUP_MS, tries: TRIES })

  /** `address` or `address:port`; none: the system's. */
  set servers(servers: readonly string[]) {
    this.#resolver = new Resolver({ timeout: LOOKUP_MS, tries: TRIES })
    if (servers.length > 0) this.#resolver.setServers(servers)
  }

  async addresses(host: string): Promise<string[]> {
    const [v4, v6] = await Promise.all([
      this.#ask(host, () => this.#resolver.resolve4(host)),
      this.#ask(host, () => this.#resolver.resolve6(host)),
    ])
    return [...v4, ...v6]
  }

  async texts(name: string): Promise<string[]> {
    const records = await this.#ask(name, () => this.#resolver.resolveTxt(name)).catch(() => [])
    return records.map((parts) => parts.join(''))
  }

  /** The records that hold for a name: its own, or those of the nearest name above it (RFC 8659 section 3). */
  async caa(name: string): Promise<{ at: string; records: CaaRecord[] }> {
    for (let at = name; at.includes('.'); at = at.slice(at.indexOf('.') + 1)) {
      const found = await this.#ask(at, () => this.#resolver.resolveCaa(at))
      const records = found.flatMap((record) =>
        (['issue', 'issuewild'] as const).flatMap((tag) => {
          const value = record[tag]
          return value === undefined ? [] : [{ tag, value }]
        }),
      )
      if (found.length > 0) return { at, records }
    }
    return { at: '', records: [] }
  }

  async #ask<Item>(name: string, ask: () => Promise<Item[]>): Promise<Item[]> {
    try {
      return await ask()
    } catch (error) {
      if (ABSENT.includes(codeOf(error))) return []
      throw new LookupFailed(
        `DNS does not answer for ${name} (${codeOf(error) || 'no reason'}); it will be asked again.`,
      )
    }
  }
}

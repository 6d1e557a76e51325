import { isIP } from 'node:net'
import type { EdgeSettings } from '../contract/table.ts'
import { shortAddress } from '../io/connection.ts'
import { AddressSet } from './address-set.ts'

/** Far more proxies than stand in a row anywhere. */
const MOST_HOPS = 20

/** What trusted proxies say of the client. `chain`: his address, then those of the proxies, the nearest last. */
export type Behind = { address: string; chain: string; protocol: 'http' | 'https' | null }

/** Who stands between the visitors and this router, made ready once per change of the table. */
export class Edge {
  readonly #trusted: AddressSet
  /** Whom it trusts begins with a PROXY protocol header. */
  readonly proxyProtocol: boolean

  /** Null: nobody does. */
  static compile(settings: EdgeSettings | undefined): Edge | null {
    return settings && settings.trustedProxies.length > 0 ? new Edge(settings) : null
  }

  private constructor({ trustedProxies, proxyProtocol }: EdgeSettings) {
    this.#trusted = new AddressSet(trustedProxies)
    this.proxyProtocol = proxyProtocol
  }

  trusts(address: string): boolean {
    return this.#trusted.has(address)
  }

  /** Connections from there begin with a PROXY protocol header; all others without. */
  announces(address: string): boolean {
    return this.proxyProtocol && this.trusts(address)
  }

  /**
   * The client behind a trusted peer. `X-Forwarded-For` is read from its right end, where the nearest proxy wrote, for as
   * long as the writer is trusted; what stands before that may be anybody's invention and is dropped.
   */
  behind(peer: string, forwardedFor: string | undefined, forwardedProto: string | undefined): Behind {
    const said = forwardedFor === undefined ? [] : forwardedFor.split(',').slice(-MOST_HOPS)
    const chain = [peer]
    let address = peer
    while (said.length > 0 && this.trusts(address)) {
      const next = readAddress(said.pop() ?? '')
      if (next === null) break
      chain.unshift(next)
      address = next
    }
    const [protocol = ''] = forwardedProto?.split(',').slice(-1) ?? []
    return { address, chain: chain.join(', '), protocol: readProtocol(protocol.trim().toLowerCase()) }
  }
}

/** Some proxies add the port: `192.0.2.1:5000`, `[2001:db8::1]:5000`. */
function readAddress(text: string): string | null {
  const given = text.trim().toLowerCase()
  const [, bracketed, bare] = /^\[([0-9a-f:.]+)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/.exec(given) ?? []
  const address = bracketed ?? bare ?? given
  return isIP(address) === 0 || address.includes('%') ? null : shortAddress(address)
}

function readProtocol(text: string): Behind['protocol'] {
  return text === 'http' || text === 'https' ? text : null
}

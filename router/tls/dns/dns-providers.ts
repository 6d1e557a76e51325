import type { DnsProviderName, DnsZone } from '../../contract/certificate.ts'
import type { Clock } from '../clock.ts'
import { Refusal } from '../issuer/refusal.ts'
import { cloudflare } from './cloudflare.ts'
import type { DnsProviderMaker } from './dns-provider.ts'
import { program } from './exec.ts'
import type { Lookup } from './lookup.ts'
import { rfc2136 } from './rfc2136.ts'
import { route53 } from './route53.ts'

const MAKERS: Record<DnsProviderName, DnsProviderMaker> = { cloudflare, route53, rfc2136, exec: program }
/** How long a new record may take until our resolvers see it; after that the issuer is let try. */
const VISIBLE_MS = 120_000
const LOOK_EVERY_MS = 2_000
const REMOVE_MS = 30_000

/** The zones that we may write to, and the waiting until a record can be seen. */
export class DnsProviders {
  readonly #lookup: Lookup
  readonly #clock: Clock
  readonly #turns = new Map<string, Promise<void>>()
  #zones: readonly DnsZone[] = []

  constructor(lookup: Lookup, clock: Clock) {
    this.#lookup = lookup
    this.#clock = clock
  }

  set zones(zones: readonly DnsZone[]) {
    this.#zones = zones
  }

  /** The zone with the longest name that `host` lies in. */
  zoneOf(host: string): DnsZone | undefined {
    const bare = host.replace(/^\*\./, '')
    const around = this.#zones.filter(({ zone }) => bare === zone || bare.endsWith(`.${zone}`))
    return around.sort((a, b) => b.zone.length - a.zone.length)[0]
  }

  /**
   * Resolves when the record can be seen; disposing takes it away again. One at a time for each name: a name and the
   * wildcard below it share theirs, and not every provider keeps two values apart. Throws Refusal.
   */
  async publish(name: string, value: string, signal: AbortSignal): Promise<AsyncDisposable> {
    const zone = this.zoneOf(name)
    if (!zone) throw new Refusal('name', `no DNS provider is set for ${name}`)
    const done = await this.#turn(name)
    const record = { zone: zone.zone, name, value }
    try {
      const provider = MAKERS[zone.provider](zone.settings)
      await provider.add(record, signal)
      await this.#untilSeen(name, value, signal)
      const remove = () => provider.remove(record, AbortSignal.timeout(REMOVE_MS)).catch(() => {})
      return { [Symbol.asyncDispose]: () => remove().finally(done) }
    } catch (error) {
      done()
      const reason = error instanceof Error ? error.message : String(error)
      throw new Refusal('name', `the record ${name} could not be written by ${zone.provider}: ${reason}`)
    }
  }

  async #turn(name: string): Promise<() => void> {
    const before = this.#turns.get(name)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turns.set(name, promise)
    await before
    return () => {
      if (this.#turns.get(name) === promise) this.#turns.delete(name)
      resolve()
    }
  }

  async #untilSeen(name: string, value: string, signal: AbortSignal): Promise<void> {
    const deadline = this.#clock.now() + VISIBLE_MS
    while (this.#clock.now() < deadline && !signal.aborted) {
      if ((await this.#lookup.texts(name)).includes(value)) return
      await this.#clock.sleepUntil(this.#clock.now() + LOOK_EVERY_MS, signal)
    }
  }
}

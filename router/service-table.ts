import type { Place } from './rules/path-routes.ts'
import type { Service } from './service.ts'
import { SplitHost } from './split-host.ts'

/** Who serves a host: one service, or several of which each has a part. */
export type Route = Service | SplitHost

/** Which service takes a host: exact name first, then a wildcard over one label, then the fallback. Never changes. */
export class ServiceTable {
  readonly #exact = new Map<string, Route>()
  readonly #wildcard = new Map<string, Route>()
  readonly #byName = new Map<string, Service>()
  #fallback: Service | undefined

  constructor(services: Iterable<Service>) {
    const places = new Map<string, Place<Service>[]>()
    for (const service of services) {
      this.#byName.set(service.name, service)
      if (service.spec.fallback) this.#fallback = service
      for (const host of service.spec.hosts) this.#set(host, service)
      for (const { host, prefix, strip } of service.spec.paths ?? []) {
        places.set(host, [...(places.get(host) ?? []), { owner: service, prefix, strip }])
      }
    }
    // Wildcards first: they own the hosts below them that have routes for paths and nobody for the rest.
    for (const [host, found] of [...places].sort(([host]) => (host.startsWith('*.') ? -1 : 1))) this.#split(host, found)
  }

  /** `host` in lower case, without port and without a trailing dot. */
  find(host: string): Route | undefined {
    const exact = this.#exact.get(host)
    if (exact) return exact
    const dot = host.indexOf('.')
    return (dot > 0 ? this.#wildcard.get(host.slice(dot)) : undefined) ?? this.#fallback
  }

  named(name: string): Service | undefined {
    return this.#byName.get(name)
  }

  get services(): IterableIterator<Service> {
    return this.#byName.values()
  }

  #set(host: string, route: Route): void {
    if (host.startsWith('*.')) this.#wildcard.set(host.slice(1), route)
    else this.#exact.set(host, route)
  }

  #split(host: string, places: Place<Service>[]): void {
    const whole = host.startsWith('*.') ? (this.#wildcard.get(host.slice(1)) ?? this.#fallback) : this.find(host)
    this.#set(host, new SplitHost(whole?.split ? whole.owner : whole, places))
  }
}

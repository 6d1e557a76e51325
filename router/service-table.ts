import type { Service } from './service.ts'

/** Which service takes a host: exact name first, then a wildcard over one label, then the fallback. Never changes. */
export class ServiceTable {
  readonly #exact = new Map<string, Service>()
  readonly #wildcard = new Map<string, Service>()
  readonly #byName = new Map<string, Service>()
  #fallback: Service | undefined

  constructor(services: Iterable<Service>) {
    for (const service of services) {
      this.#byName.set(service.name, service)
      if (service.spec.fallback) this.#fallback = service
      for (const host of service.spec.hosts) {
        if (host.startsWith('*.')) this.#wildcard.set(host.slice(1), service)
        else this.#exact.set(host, service)
      }
    }
  }

  /** `host` in lower case, without port and without a trailing dot. */
  find(host: string): Service | undefined {
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
}

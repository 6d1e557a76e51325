import { PathRoutes, type Place } from './rules/path-routes.ts'
import type { Service } from './service.ts'

/** A host of which several services serve parts. */
export class SplitHost {
  readonly split = true
  /** Has what no path route takes; undefined: nobody has. */
  readonly owner: Service | undefined
  readonly #paths: PathRoutes<Service>

  constructor(owner: Service | undefined, places: Iterable<Place<Service>>) {
    this.owner = owner
    this.#paths = new PathRoutes(places)
  }

  find(path: string): Place<Service> | undefined {
    return this.#paths.find(path)
  }
}

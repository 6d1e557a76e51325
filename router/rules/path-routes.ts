/** A part of a host, and whoever serves it. */
export type Place<Owner> = { owner: Owner; prefix: string; strip: boolean }

/** `.` and `..`, however escaped and set off: what a server may take for a step to another path (RFC 3986 section 5.2.4). */
const STEP = /(^|[/\\]|%2f|%5c)(\.|%2e){1,2}($|[/\\;]|%2f|%5c)/i

/**
 * Which part of one host a path lies in. Bytes are compared as they came: `/api` takes `/api`, `/api/x` and `/api?x`,
 * and neither `/apiary` nor `/%61pi` nor `//api`, which are other paths of whoever has the host.
 */
export class PathRoutes<Owner> {
  readonly #places: readonly Place<Owner>[]

  constructor(places: Iterable<Place<Owner>>) {
    this.#places = [...places].sort((one, other) => other.prefix.length - one.prefix.length)
  }

  /** The longest prefix counts. Undefined: it lies in none. */
  find(path: string): Place<Owner> | undefined {
    return this.#places.find(({ prefix }) => path.startsWith(prefix) && endsSegment(path, prefix.length))
  }
}

/** Whether a path leads elsewhere once somebody resolves its steps, so that nobody can say where it belongs. */
export function hasSteps(path: string): boolean {
  const query = path.indexOf('?')
  return STEP.test(query === -1 ? path : path.slice(0, query))
}

/** What the app sees of a path without the prefix that it lies in: all bytes after it as they are. */
export function stripped(path: string, prefix: string): string {
  const rest = path.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

function endsSegment(path: string, at: number): boolean {
  return at === path.length || path[at] === '/' || path[at] === '?'
}

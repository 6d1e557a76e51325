import type { Work } from '../drain.ts'
import type { FailureCode } from '../failures.ts'
import type { Visit } from '../rules/visit.ts'
import type { Service } from '../service.ts'
import type { Target } from '../target.ts'
import type { Ask } from './ask.ts'
import { Attempts } from './attempts.ts'
import type { Broken } from './broken.ts'
import type { Plane } from './plane.ts'
import { type Carried, Upstream } from './upstream.ts'

const NONE: ReadonlySet<Target> = new Set()

/** Without effects (RFC 9110 section 9.2.1): where there is no body either, it may be sent twice. */
function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE'
}

/** The request that looks for a target, and what it hears of the search. */
export interface Searcher extends Work, Carried {
  readonly over: boolean
  /** There is no target yet; what the client has sent of its body must be kept. */
  held(): void
  found(upstream: Upstream): void
  /** There is none for it, or none that answers. */
  fail(code: FailureCode): void
}

/** Looks for a target that takes one request, and for a connection to it; again when that fails, as long as it is right. */
export class Search {
  readonly #plane: Plane
  readonly #service: Service
  readonly #searcher: Searcher
  readonly #ask: Ask
  #attempts: Attempts | null = null
  #target: Target | null = null
  #waiting: AbortController | null = null

  constructor(plane: Plane, service: Service, searcher: Searcher, ask: Ask) {
    this.#plane = plane
    this.#service = service
    this.#searcher = searcher
    this.#ask = ask
  }

  /** What rules know of the request; null: there are none. */
  get #visit(): Visit | null {
    return this.#ask.ruled === null ? null : this.#ask.ruled.visit
  }

  /** Ends with `searcher.found` or `searcher.fail`, mostly before it returns. */
  start(): void {
    const choice = this.#service.choose(this.#searcher, this.#attempts?.tried ?? NONE, this.#visit)
    if (choice === 'wait' || choice === 'full') {
      this.#searcher.held()
      void this.#wait()
    } else this.#take(choice)
  }

  /** The connection failed before an answer: looks again, or refuses with the reason. */
  failed(upstream: Upstream, broken: Broken): void {
    this.leave()
    this.#attempts ??= new Attempts()
    const repeatable = this.#searcher.upload === null && isSafe(this.#ask.method)
    const traits = { repeatable, reused: upstream.reused }
    if (this.#attempts.failed(upstream.target, broken, traits)) this.start()
    else this.#searcher.fail(broken.code)
  }

  /** The target has nothing more to do for this request. */
  leave(): void {
    if (this.#target) this.#service.left(this.#target, this.#searcher)
    this.#target = null
  }

  /** Nobody waits for a target any more. */
  abandon(): void {
    this.#waiting?.abort()
    this.leave()
  }

  /** Held until the service has a target: it is paused, or its first one is being added. */
  async #wait(): Promise<void> {
    this.#waiting = new AbortController()
    const { signal } = this.#waiting
    const choice = await this.#service.take(this.#searcher, this.#attempts?.tried ?? NONE, signal, this.#visit)
    this.#waiting = null
    if (!signal.aborted && !this.#searcher.over) this.#take(choice)
    else if (typeof choice !== 'string') this.#service.left(choice, this.#searcher)
  }

  /** No target is left to try. When none could be reached at all, they get some time and are tried again. */
  #exhausted(): void {
    const attempts = this.#attempts
    if (attempts?.unreached) void this.#backOff(attempts)
    else this.#searcher.fail(attempts?.failure ?? 'H99')
  }

  async #backOff(attempts: Attempts): Promise<void> {
    this.#searcher.held()
    this.#waiting = new AbortController()
    const { signal } = this.#waiting
    const failure = await this.#service.recovery(attempts.unreachedSince, attempts.again(), signal)
    this.#waiting = null
    if (signal.aborted || this.#searcher.over) return
    if (failure === null) this.start()
    else this.#searcher.fail(failure)
  }

  #take(choice: Target | 'none' | FailureCode): void {
    if (choice === 'none') {
      this.#exhausted()
      return
    }
    if (typeof choice === 'string') {
      this.#searcher.fail(choice)
      return
    }
    const { idle, clock } = this.#plane
    this.#target = choice
    const { upgrade, method } = this.#ask
    const mayReuse = upgrade === null && !this.#attempts?.fresh
    const upstream = mayReuse ? idle.take(choice, isSafe(method), clock.now) : undefined
    upstream?.carry(this.#searcher)
    this.#searcher.found(upstream ?? this.#dial(choice))
  }

  #dial(target: Target): Upstream {
    const { io, idle, clock } = this.#plane
    return new Upstream(io, target, this.#searcher, {
      rest: (rested) => {
        rested.idleSince = clock.now
        if (target.drain === null) idle.put(rested)
        else rested.close()
      },
      gone: (left) => idle.remove(left),
    })
  }
}

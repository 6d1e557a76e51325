import type { Target } from '../target.ts'
import type { Upstream } from './upstream.ts'

/** Shorter than the 5 s after which a Node app closes its idle connections; apps that close earlier are noticed. */
const IDLE_MS = 4_000
/**
 * A request that must not be sent twice cannot be repeated when the app closes the connection under it: those take only
 * connections that were used a moment ago.
 */
const IDLE_UNSAFE_MS = 1_000
/** A pool smaller than the concurrency costs a new connection per request; what is idle for long goes anyway. */
const MOST_IDLE = 4_096

/** Keep-alive connections, kept apart for each target so that an address used again never meets an old connection. */
export class IdleUpstreams {
  readonly #stacks = new Map<Target, Upstream[]>()

  /** The one used last, if it is fresh enough. */
  take(target: Target, safe: boolean, now: number): Upstream | undefined {
    const stack = this.#stacks.get(target)
    const last = stack?.at(-1)
    if (!stack || !last || now - last.idleSince > (safe ? IDLE_MS : IDLE_UNSAFE_MS)) return undefined
    stack.pop()
    return last
  }

  put(upstream: Upstream): void {
    const stack = this.#stacks.get(upstream.target) ?? this.#open(upstream.target)
    if (stack.length < MOST_IDLE) stack.push(upstream)
    else upstream.close()
  }

  /** It closed while it was idle. */
  remove(upstream: Upstream): void {
    const stack = this.#stacks.get(upstream.target)
    const at = stack?.lastIndexOf(upstream) ?? -1
    if (at >= 0) stack?.splice(at, 1)
  }

  sweep(now: number): void {
    for (const stack of this.#stacks.values()) {
      const fresh = stack.findIndex((upstream) => now - upstream.idleSince <= IDLE_MS)
      for (const upstream of stack.splice(0, fresh === -1 ? stack.length : fresh)) upstream.close()
    }
  }

  close(): void {
    for (const stack of this.#stacks.values()) for (const upstream of stack.splice(0)) upstream.close()
  }

  #open(target: Target): Upstream[] {
    const stack: Upstream[] = []
    this.#stacks.set(target, stack)
    target.onClose(() => {
      this.#stacks.delete(target)
      for (const upstream of stack.splice(0)) upstream.close()
    })
    return stack
  }
}

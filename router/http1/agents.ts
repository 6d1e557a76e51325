import type { Agent as HttpAgent } from 'node:http'
import { Agent } from '../builtins.ts'
import type { Target } from '../target.ts'

/** Shorter than the 5 s after which a Node app closes its idle connections; apps that announce less are obeyed. */
const IDLE_MS = 4_000
/**
 * A request that must not be sent twice cannot be repeated when the app closes the connection under it: those take only
 * connections that were used a moment ago.
 */
const IDLE_UNSAFE_MS = 1_000
const MOST_IDLE = 1_024

type Pair = { safe: HttpAgent; unsafe: HttpAgent }

/** Keep-alive connections, kept apart for each target so that an address used again never meets an old connection. */
export class Agents {
  readonly #agents = new WeakMap<Target, Pair>()

  for(target: Target, safe: boolean): HttpAgent {
    const pair = this.#agents.get(target) ?? this.#create(target)
    return safe ? pair.safe : pair.unsafe
  }

  #create(target: Target): Pair {
    const pair = { safe: agent(IDLE_MS), unsafe: agent(IDLE_UNSAFE_MS) }
    this.#agents.set(target, pair)
    target.onClose(() => {
      pair.safe.destroy()
      pair.unsafe.destroy()
    })
    return pair
  }
}

function agent(idleMs: number): HttpAgent {
  return new Agent({ keepAlive: true, scheduling: 'lifo', maxFreeSockets: MOST_IDLE, timeout: idleMs })
}

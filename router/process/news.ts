import type { RouterEvent } from '../contract/event.ts'
import type { EventStream } from '../event-stream.ts'
import { LineBatch, type LineSink } from '../line-batch.ts'
import type { Channel, Verbs } from './channel.ts'
import type { Followers } from './followers.ts'
import type { LeaderVerbs, TargetStates } from './verbs.ts'

export type LeaderChannel = Channel<LeaderVerbs, Verbs>

/** Where this process tells what happens: to readers and followers, or to its leader where it has one. */
export class News implements LineSink {
  readonly #events: EventStream | null
  readonly #followers: Followers
  readonly #lines = new LineBatch((lines, count) => this.#leader?.tell('requests', { lines, count }))
  #leader: LeaderChannel | null = null
  #wantedByLeader = true

  /** `events`: null in a process that has no readers of its own. */
  constructor(events: EventStream | null, followers: Followers) {
    this.#events = events
    this.#followers = followers
  }

  get wanted(): boolean {
    return this.#leader ? this.#wantedByLeader : this.#events?.wanted === true
  }

  /** From now on this one is told. */
  set leader(leader: LeaderChannel) {
    this.#leader = leader
  }

  set wantedByLeader(wanted: boolean) {
    this.#wantedByLeader = wanted
  }

  append(line: string): void {
    if (this.#leader) this.#lines.append(line)
    else this.#events?.append(line)
  }

  publish(event: RouterEvent): void {
    const states = statesIn(event)
    if (states) this.#followers.observe(states)
    if (!this.#leader) this.#events?.publish(event)
    else if (states) this.#leader.tell('seen', states)
  }

  /** Lines of a follower. */
  requests(lines: string, count: number): void {
    if (this.#leader) this.#leader.tell('requests', { lines, count })
    else this.#events?.requests(lines, count)
  }

  /** Sends what waits for others. */
  flush(): void {
    this.#lines.flush()
    this.#events?.flush()
  }
}

function statesIn(event: RouterEvent): TargetStates | undefined {
  if (event.type !== 'target' || (event.to !== 'healthy' && event.to !== 'unhealthy')) return undefined
  return { [event.id]: event.to }
}

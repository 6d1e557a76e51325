import type { DrainedAnswer } from '../contract/call.ts'
import type { Measurements } from '../contract/event.ts'
import { type Log, messageOf } from '../log.ts'
import type { Standing } from '../standing.ts'
import type { TlsChange, TlsFollowers } from '../tls/tls.ts'
import type { Channel } from './channel.ts'
import type { FollowerVerbs, Report, TargetStates } from './verbs.ts'

/** A follower that has not answered by then is taken for hung, and killed. */
const ACKNOWLEDGE_MS = 2_500
const REPORT_MS = 1_000

type Verbs = Record<string, (body: never) => unknown>
export type Follower = { pid: number; channel: Channel<FollowerVerbs, Verbs> }

/** The processes that serve what this one says: full state goes out to all, and counts when all have it. */
export class Followers implements TlsFollowers {
  readonly #log: Log
  readonly #all = new Set<Follower>()
  #watched = false

  constructor(log: Log) {
    this.#log = log
  }

  get size(): number {
    return this.#all.size
  }

  /** Resolves when none is left. */
  async gone(): Promise<void> {
    await Promise.all([...this.#all].map(({ channel }) => channel.closed))
  }

  add(follower: Follower): void {
    this.#all.add(follower)
    follower.channel.tell('watch', this.#watched)
    void follower.channel.closed.then(() => this.#all.delete(follower))
  }

  /** Resolves when each of them serves this or is dead. */
  async apply(standing: Standing): Promise<void> {
    await Promise.all([...this.#all].map((follower) => this.#insist(follower, 'apply', standing)))
  }

  /** As `apply`. */
  async tlsChanged(change: TlsChange): Promise<void> {
    await Promise.all([...this.#all].map((follower) => this.#insist(follower, 'tls', change)))
  }

  observe(states: TargetStates): void {
    for (const { channel } of this.#all) channel.tell('observe', states)
  }

  watch(watched: boolean): void {
    this.#watched = watched
    for (const { channel } of this.#all) channel.tell('watch', watched)
  }

  stop(): void {
    for (const { channel } of this.#all) channel.tell('stop', null)
  }

  /** One that dies meanwhile has no work left. */
  async drained(ids: string[]): Promise<DrainedAnswer['targets'][]> {
    return Promise.all([...this.#all].map(({ channel }) => channel.ask('drained', ids).catch(() => [])))
  }

  async measurements(): Promise<Measurements[]> {
    const asked = [...this.#all].map(({ channel }) => channel.ask('measure', null, REPORT_MS).catch(() => null))
    return (await Promise.all(asked)).filter((measured) => measured !== null)
  }

  async reports(): Promise<Report[]> {
    const asked = [...this.#all].map(({ channel }) => channel.ask('report', null, REPORT_MS).catch(() => null))
    return (await Promise.all(asked)).filter((report) => report !== null)
  }

  async #insist<Verb extends 'apply' | 'tls'>(
    { pid, channel }: Follower,
    verb: Verb,
    body: Parameters<FollowerVerbs[Verb]>[0],
  ): Promise<void> {
    try {
      await channel.ask(verb, body, ACKNOWLEDGE_MS)
    } catch (error) {
      if (!channel.open) return
      this.#log.error('process.killed', { pid, reason: messageOf(error) })
      process.kill(pid, 'SIGKILL')
      await channel.closed
    }
  }
}

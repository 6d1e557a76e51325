import { setTimeout as pause } from 'node:timers/promises'
import type { Facts } from './backups/backed.ts'
import { about, difference } from './backups/facts.ts'
import type { Servers } from './servers.ts'
import { type Move, otherThan, requireSame, usersOf, type Way } from './upgrade-move.ts'

const LOOK_MS = 500
/** What is left of changes when writes are stopped takes a moment to arrive. */
const NEAR_BYTES = 2 * 1024 ** 2
/** All tables are there, and it does not come nearer: apps write faster than it follows. */
const COMES_NEAR_WITHIN_MS = 15 * 60_000

/**
 * The short way: the new server follows the old one while apps go on writing, and writes are stopped for its last changes and a
 * look at both. Nothing of it outlives the attempt; one that was interrupted is begun anew.
 */
export class ByFollowing implements Way {
  readonly #servers: Pick<Servers, 'join' | 'part'>

  constructor(servers: Pick<Servers, 'join' | 'part'>) {
    this.#servers = servers
  }

  async carry(move: Move): Promise<void> {
    const { addon, database, inside, logins, outside, say, service, upgrade } = move
    const shape = await this.#follow(move)
    for (const login of logins) await service.putCredential(inside, database, login)
    say('stopping writes')
    await upgrade.stopWrites(outside, database, usersOf(move))
    const { before, after } = await this.#finish(move, shape)
    requireSame(before, after, addon)
    await upgrade.following.leave(inside, database)
  }

  async rehearse(move: Move): Promise<{ facts: Facts; ms: number; words: string }> {
    const shape = await this.#follow(move)
    const began = performance.now()
    const { before, after } = await this.#finish(move, shape)
    const ms = performance.now() - began
    // Apps write on between the two counts.
    const other = difference(estimates(before), after)
    if (other !== undefined) throw otherThan(`what arrives is not what is there (${other})`, 'Rehearse it again.')
    return { facts: after, ms, words: 'were followed' }
  }

  /** Takes away what an attempt has left, on both sides. Idempotent. */
  async tidy({ database, from, inside, outside, to, upgrade }: Move): Promise<void> {
    await upgrade.following.tidy(inside, database)
    await upgrade.following.tidy(outside, database)
    await this.#servers.part(to, from)
  }

  /** Resolves when it is near; the shape is that of what it follows. */
  async #follow(move: Move): Promise<string> {
    const { database, from, inside, outside, say, signal, to, upgrade } = move
    const { following } = upgrade
    await upgrade.makeRoom(outside, inside, database)
    say('copying, while apps go on writing')
    const shape = await following.shape(outside, database)
    await following.begin(outside, inside, database, await this.#servers.join(to, from), signal)
    await this.#untilNear(move, shape)
    say('preparing the tables')
    await following.settle(outside, inside, database, signal)
    await this.#untilNear(move, shape)
    return shape
  }

  /** As long as writers wait, each step is one more connection: what can be done at the same time is. */
  async #finish(move: Move, shape: string): Promise<{ before: Facts; after: Facts }> {
    const { database, inside, outside, signal, upgrade } = move
    await upgrade.following.catchUp(outside, database, signal)
    const finished = upgrade.following.finish(outside, inside, database)
    const [counts] = await Promise.all([finished, this.#requireShape(move, shape)])
    return counts
  }

  async #untilNear(move: Move, shape: string): Promise<void> {
    const { database, inside, outside, say, signal, upgrade } = move
    let copiedAt: number | undefined
    for (;;) {
      const { behindBytes, tablesLeft } = await upgrade.following.look(outside, inside, database)
      await this.#requireShape(move, shape)
      if (tablesLeft === 0 && behindBytes <= NEAR_BYTES) return
      if (tablesLeft === 0) copiedAt ??= performance.now()
      if (copiedAt !== undefined && performance.now() - copiedAt > COMES_NEAR_WITHIN_MS)
        throw otherThan('apps write faster than the new server can follow', 'Try again when less is written.')
      const mb = Math.ceil(behindBytes / 1024 ** 2)
      say(tablesLeft > 0 ? `copying, ${tablesLeft} tables are left` : `following, ${mb} MB behind`)
      await pause(LOOK_MS, undefined, { signal })
    }
  }

  async #requireShape({ database, outside, upgrade }: Move, shape: string): Promise<void> {
    if ((await upgrade.following.shape(outside, database)) === shape) return
    throw otherThan('a table, function or the like was changed meanwhile', 'Try again when no migration runs.')
  }
}

function estimates(facts: Facts): Facts {
  return Object.fromEntries(
    Object.entries(facts).map(([name, n]) => [name.startsWith('rows in ') ? about(name) : name, n]),
  )
}

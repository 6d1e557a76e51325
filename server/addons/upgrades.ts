import type { AppLocks } from '../deploys/app-locks.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { AddonRecord, ServerRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { Credentials } from './credentials.ts'
import { databaseOf, type Say, type Servers } from './servers.ts'
import { serviceNamed } from './services.ts'
import { byCopy } from './upgrade-copy.ts'
import { ByFollowing } from './upgrade-follow.ts'
import { type Move, notEmpty, usersOf } from './upgrade-move.ts'

const MAX_NAME = 48

type UpgradesParts = {
  rows: AddonRows
  credentials: Pick<Credentials, 'of'>
  servers: Pick<Servers, 'access' | 'join' | 'part'>
  locks: AppLocks
  log: Log
}

/**
 * Moves a database to the server of another addon, of the same or a newer version. Nobody writes to the old one from a moment
 * on, after which the new one is compared with it, so that whatever was acknowledged is there; and what goes wrong before the
 * servers are exchanged leaves all as it was, with writes allowed again.
 */
export class Upgrades {
  readonly #parts: UpgradesParts
  readonly #following: ByFollowing

  constructor(parts: UpgradesParts) {
    this.#parts = parts
    this.#following = new ByFollowing(parts.servers)
  }

  /** Carries all over while others write, compares and takes it away again. Returns how that went, in words. */
  async rehearse(addon: AddonRecord, to: AddonRecord, say: Say, signal: AbortSignal): Promise<string> {
    return await this.#parts.locks.hold(to.serverId, async () => {
      const move = await this.#move(addon, to, say, signal)
      const { database, inside, service } = move
      const obstacle = await this.#begin(move)
      try {
        const { facts, ms, words } = await (obstacle === undefined ? this.#following : byCopy).rehearse(move)
        const rows = Object.entries(facts).reduce((sum, [name, n]) => sum + (name.startsWith('rows in ') ? n : 0), 0)
        const why = obstacle === undefined ? '' : `, because ${obstacle}`
        const what = `${facts['tables'] ?? 0} tables with ${rows} rows ${words}`
        return `rehearsed: ${what}; apps could only read for about ${(ms / 1_000).toFixed(1)} s${why}`
      } finally {
        await this.#following.tidy(move)
        await service.dropDatabase(inside, database)
      }
    })
  }

  /** What is left to do when it returns is told by the row. */
  async run(addon: AddonRecord, to: AddonRecord, say: Say, signal: AbortSignal): Promise<void> {
    const { locks, rows } = this.#parts
    await locks.hold(to.serverId, async () => {
      const move = await this.#move(addon, to, say, signal)
      const { database, outside, upgrade } = move
      try {
        const obstacle = await this.#begin(move)
        await (obstacle === undefined ? this.#following : byCopy).carry(move)
        signal.throwIfAborted()
      } catch (error) {
        await upgrade.allowWrites(outside, database, usersOf(move))
        await this.#following.tidy(move).catch((left: unknown) => this.#notTidied(addon, left))
        throw error
      }
      rows.exchangeServers(addon.id, to.id, this.#formerName(addon))
    })
  }

  /** After the exchange, when apps are where they belong. What does not come about is of no harm, and is looked for again. */
  async clear(addon: AddonRecord, left: ServerRecord, spare: string): Promise<void> {
    const { locks, rows, servers } = this.#parts
    const { dropDatabase, upgrade } = serviceNamed(addon.service)
    const server = rows.server(addon.serverId)
    const database = databaseOf(addon)
    try {
      await locks.hold(left.id, async () => {
        const inside = await servers.access(server)
        await upgrade?.following.tidy(inside, database)
        await dropDatabase(inside, { name: spare, connections: 0 })
        await upgrade?.following.tidy(await servers.access(left), database)
        await servers.part(server, left)
      })
    } catch (error) {
      this.#notTidied(addon, error)
    }
  }

  /** What an earlier attempt has left is taken away. Returns why it must be the long way. */
  async #begin(move: Move): Promise<string | undefined> {
    const { database, inside, outside, upgrade } = move
    await upgrade.allowWrites(outside, database, usersOf(move))
    await this.#following.tidy(move)
    return await upgrade.following.obstacle(outside, inside, database)
  }

  #notTidied({ name }: AddonRecord, error: unknown): void {
    this.#parts.log.warn('addons.upgrade-left', { addon: name, reason: messageOf(error) })
  }

  async #move(addon: AddonRecord, to: AddonRecord, say: Say, signal: AbortSignal): Promise<Move> {
    const { credentials, rows, servers } = this.#parts
    const service = serviceNamed(addon.service)
    const { transfers, upgrade } = service
    if (!upgrade || !transfers) throw new Error(`${service.name} has no upgrade`)
    const [old, fresh] = [rows.server(addon.serverId), rows.server(to.serverId)]
    const [outside, inside] = [await servers.access(old), await servers.access(fresh)]
    if (!(await transfers.isEmpty(inside, databaseOf(to)))) throw notEmpty(to)
    const database = databaseOf(addon)
    const logins = credentials.of(addon.id)
    return { ...{ addon, service, upgrade, database, logins, from: old, to: fresh, outside, inside }, say, signal }
  }

  /** `postgresql-curved-12345-v15` for what is left behind. */
  #formerName(addon: AddonRecord): string {
    const { rows } = this.#parts
    const ending = `-v${rows.server(addon.serverId).version.replaceAll('.', '-')}`
    const name = (end: string) => addon.name.slice(0, MAX_NAME - end.length) + end
    return rows.named(name(ending)) ? name(`${ending}-${addon.serverId.slice(-4)}`) : name(ending)
  }
}

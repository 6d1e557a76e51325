import type { AppLocks } from '../deploys/app-locks.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { AddonRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { AddonService, Database, ServerAccess } from './addon-service.ts'
import { difference } from './backups/facts.ts'
import type { Credentials } from './credentials.ts'
import { databaseOf, type Say, type Servers } from './servers.ts'
import { copiesOf, serviceNamed } from './services.ts'

const MAX_NAME = 48

type UpgradesParts = {
  rows: AddonRows
  credentials: Pick<Credentials, 'of'>
  servers: Pick<Servers, 'access'>
  locks: AppLocks
}

/**
 * Moves a database to the server of another addon, of the same or a newer version. Writes are stopped before anything is
 * copied, so that whatever was acknowledged is in the copy; every row is counted on both sides; and what goes wrong before the
 * servers are exchanged leaves all as it was, with writes allowed again.
 */
export class Upgrades {
  readonly #parts: UpgradesParts

  constructor(parts: UpgradesParts) {
    this.#parts = parts
  }

  /** Copies while others write, compares and takes it away again. Returns how that went, in words. */
  async rehearse(addon: AddonRecord, to: AddonRecord, say: Say, signal: AbortSignal): Promise<string> {
    const ways = await this.#ways(addon, to)
    const began = performance.now()
    const facts = await this.#copy(ways, say, signal)
    const took = ((performance.now() - began) / 1_000).toFixed(1)
    await ways.service.dropDatabase(ways.inside, ways.database)
    const rows = Object.entries(facts).reduce((sum, [name, n]) => sum + (name.startsWith('rows in ') ? n : 0), 0)
    return `rehearsed: ${facts['tables'] ?? 0} tables with ${rows} rows are the same; apps could only read for about ${took} s`
  }

  /** What is left to do when it returns is told by the row. */
  async run(addon: AddonRecord, to: AddonRecord, say: Say, signal: AbortSignal): Promise<void> {
    const { credentials, locks, rows } = this.#parts
    await locks.hold(to.serverId, async () => {
      const ways = await this.#ways(addon, to)
      const { database, inside, outside, service, upgrade } = ways
      const logins = credentials.of(addon.id)
      const users = logins.map(({ user }) => user)
      say('stopping writes')
      try {
        await upgrade.stopWrites(outside, database, users)
        const facts = await this.#copy(ways, say, signal)
        await this.#requireSame(facts, (await copiesOf(service).count(outside, database)).facts, addon)
        for (const login of logins) await service.putCredential(inside, database, login)
        await service.dropDatabase(inside, databaseOf(to))
        signal.throwIfAborted()
      } catch (error) {
        await upgrade.allowWrites(outside, database, users)
        throw error
      }
      rows.exchangeServers(addon.id, to.id, this.#formerName(addon))
    })
  }

  async #copy({ database, inside, outside, service, upgrade }: Ways, say: Say, signal: AbortSignal) {
    const copies = copiesOf(service)
    await upgrade.makeRoom(outside, inside, database)
    say('copying')
    const { facts, stream } = await copies.backup(outside, database, signal)
    try {
      await copies.restore(inside, database, stream, signal)
    } finally {
      stream.destroy()
    }
    say('comparing')
    await this.#requireSame(await facts, (await copies.count(inside, database)).facts)
    return await facts
  }

  async #requireSame(before: Record<string, number>, after: Record<string, number>, writtenTo?: AddonRecord) {
    const other = difference(before, after) ?? difference(after, before)
    if (other === undefined) return
    const why = writtenTo ? `${writtenTo.name} was written to all the same` : 'the copy is not what was copied'
    throw new PaasError(
      'failed',
      'upgrade.other',
      `The upgrade was given up, and all is as it was: ${why} (${other}).`,
      {
        fix: 'See who writes past its own logins (pg:sessions), and try again.',
        command: 'paas pg:upgrade:dryrun',
      },
    )
  }

  async #ways(addon: AddonRecord, to: AddonRecord): Promise<Ways> {
    const { rows, servers } = this.#parts
    const service = serviceNamed(addon.service)
    const { transfers, upgrade } = service
    if (!upgrade || !transfers) throw new Error(`${service.name} has no upgrade`)
    const outside = await servers.access(rows.server(addon.serverId))
    const inside = await servers.access(rows.server(to.serverId))
    if (!(await transfers.isEmpty(inside, databaseOf(to)))) throw notEmpty(to)
    return { service, upgrade, outside, inside, database: databaseOf(addon) }
  }

  /** `postgresql-curved-12345-v15` for what is left behind. */
  #formerName(addon: AddonRecord): string {
    const { rows } = this.#parts
    const ending = `-v${rows.server(addon.serverId).version.replaceAll('.', '-')}`
    const name = (end: string) => addon.name.slice(0, MAX_NAME - end.length) + end
    return rows.named(name(ending)) ? name(`${ending}-${addon.serverId.slice(-4)}`) : name(ending)
  }
}

type Ways = {
  service: AddonService
  upgrade: NonNullable<AddonService['upgrade']>
  /** The server that it is in, and the one that it goes to. */
  outside: ServerAccess
  inside: ServerAccess
  database: Database
}

function notEmpty({ name }: AddonRecord): PaasError {
  return new PaasError('conflict', 'upgrade.not-empty', `There is something in ${name}, and it stays as it is.`, {
    fix: 'Rename it or destroy it, and prepare another one.',
    command: 'paas pg:upgrade:prepare',
  })
}

/** Why an upgrade did not come about, for the row of an addon that is as it was. */
export function whyNot(error: unknown): string {
  return error instanceof PaasError ? error.message : `the upgrade was given up: ${messageOf(error)}`
}

import { newId } from '../../db/ids.ts'
import type { SecretBox } from '../../db/secret-box.ts'
import type { ServerRecord } from '../addon-records.ts'
import type { AddonRows } from '../addon-rows.ts'
import type { Database } from '../addon-service.ts'
import { newPassword } from '../credentials.ts'
import { passwordPlace, type Servers } from '../servers.ts'
import { copiesOf, planNamed, serverSize, serviceNamed } from '../services.ts'
import type { Scratch } from './backed.ts'

/** Connections of the trial itself. */
const CONNECTIONS = 5

/** Servers that a backup is tried in: rows that no addon belongs to, so that whoever finds one knows that it may go. */
export class ScratchServers {
  readonly #rows: AddonRows
  readonly #servers: Servers
  readonly #box: SecretBox

  constructor(parts: { rows: AddonRows; servers: Servers; box: SecretBox }) {
    this.#rows = parts.rows
    this.#servers = parts.servers
    this.#box = parts.box
  }

  /** A server of the same version as this one, with nothing in it. */
  async bare(like: ServerRecord, signal: AbortSignal): Promise<AsyncDisposable & { server: ServerRecord }> {
    const server = this.#insert(like)
    try {
      await this.#servers.raise(server, () => {}, signal)
    } catch (error) {
      await this.#destroy(server)
      throw error
    }
    return { server, [Symbol.asyncDispose]: () => this.#destroy(server) }
  }

  /** An empty database in such a server. */
  async make(like: ServerRecord, signal: AbortSignal): Promise<Scratch> {
    const { server } = await this.bare(like, signal)
    const service = serviceNamed(server.service)
    const copies = copiesOf(service)
    const database: Database = { name: 'scratch', connections: CONNECTIONS }
    try {
      await service.createDatabase(await this.#servers.access(server), database)
    } catch (error) {
      await this.#destroy(server)
      throw error
    }
    return {
      restore: async (from, signal) => copies.restore(await this.#servers.access(server), database, from, signal),
      check: async () => (await copies.count(await this.#servers.access(server), database)).facts,
      [Symbol.asyncDispose]: () => this.#destroy(server),
    }
  }

  /** After a start: what an earlier life has left. */
  async sweep(): Promise<void> {
    for (const server of this.#rows.servers()) if (this.#rows.of(server.id).length === 0) await this.#destroy(server)
  }

  #insert({ service, version }: ServerRecord): ServerRecord {
    const id = newId('addon')
    const size = serverSize(planNamed(serviceNamed(service), undefined))
    const row = { id, service, version, shared: false, host: `scratch-${id.slice(-12)}`, ...size }
    this.#rows.insertServer(row, this.#box.seal(newPassword(), passwordPlace(id)))
    return this.#rows.server(id)
  }

  async #destroy(server: ServerRecord): Promise<void> {
    await this.#servers.destroy(server)
    this.#rows.deleteServer(server.id)
  }
}

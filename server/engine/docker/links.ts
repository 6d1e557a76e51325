import type { ContainerInfo } from 'dockerode'
import { PaasError } from '../../errors.ts'
import type { Endpoint, WorkloadKey } from '../engine.ts'
import type { AddressBook } from './addresses.ts'
import { type Connection, statusOf } from './connection.ts'
import { keyLabels, LABEL, labelFilter } from './labels.ts'
import type { Networks, Seat } from './networks.ts'

/**
 * What keeps data stands in a network of its own and is linked into those of the apps that may use it: so two apps that share
 * a database still do not reach each other (docs/decisions/014).
 */
export class Links {
  readonly #connection: Connection
  readonly #networks: Networks
  readonly #book: AddressBook
  readonly #boxId: string

  constructor(connection: Connection, networks: Networks, book: AddressBook, boxId: string) {
    this.#connection = connection
    this.#networks = networks
    this.#book = book
    this.#boxId = boxId
    networks.onGrown = (older, seat) => this.#follow(older, seat)
  }

  /** In the newest network of the app, where its next instances start. */
  async link(key: WorkloadKey, app: string, alias: string): Promise<Endpoint> {
    const container = await this.#container(key)
    const endpoint = { host: alias, port: Number(container.Labels[LABEL.port]) }
    const newest = (await this.#networks.list(app)).at(-1)?.name
    if (newest !== undefined && container.NetworkSettings.Networks[newest]) return endpoint
    const [seat] = await this.#networks.seats(app, 1)
    if (!seat) throw new Error('no seat was given')
    await this.#join(container.Id, seat, alias)
    return endpoint
  }

  async unlink(key: WorkloadKey, app: string): Promise<void> {
    const container = await this.#find(key)
    if (!container) return
    for (const { name, id } of await this.#networks.list(app)) {
      const place = container.NetworkSettings.Networks[name]
      if (!place) continue
      const address = place.IPAMConfig?.IPv4Address || place.IPAddress
      this.#book.rest(address)
      await this.#leave(id, container.Id)
      this.#book.vacate(address, container.Id)
    }
  }

  /** An app outgrew its network: whatever it was linked to comes along before the first instance starts there. */
  async #follow(older: string[], seat: () => Seat): Promise<void> {
    const kept = await this.#search([`${LABEL.box}=${this.#boxId}`, `${LABEL.data}=kept`])
    for (const container of kept) {
      const from = older.find((name) => container.NetworkSettings.Networks[name])
      if (from === undefined) continue
      const inspected = await this.#connection.ask((docker) => docker.getContainer(container.Id).inspect())
      const aliases = inspected.NetworkSettings.Networks[from]?.Aliases ?? []
      const alias = aliases.find((name: string) => !container.Id.startsWith(name))
      if (alias !== undefined) await this.#join(container.Id, seat(), alias)
    }
  }

  async #join(id: string, { network, address }: Seat, alias: string): Promise<void> {
    const place = { IPAMConfig: { IPv4Address: address }, Aliases: [alias] }
    try {
      await this.#connection.perform((docker) =>
        docker.getNetwork(network).connect({ Container: id, EndpointConfig: place }),
      )
      this.#book.confirm(address, id)
    } catch (error) {
      this.#book.abandon(address)
      throw error
    }
  }

  async #leave(network: string, id: string): Promise<void> {
    try {
      await this.#connection.perform((docker) => docker.getNetwork(network).disconnect({ Container: id, Force: true }))
    } catch (error) {
      if (![404, 403].includes(statusOf(error) ?? 0)) throw error
    }
  }

  async #container(key: WorkloadKey): Promise<ContainerInfo> {
    const found = await this.#find(key)
    if (found) return found
    throw new PaasError(
      'conflict',
      'instance.not-running',
      'What keeps the data does not run, so nothing can reach it.',
      {
        fix: 'It is started again within seconds; try again then.',
      },
    )
  }

  async #find(key: WorkloadKey): Promise<ContainerInfo | undefined> {
    return (await this.#search(labelFilter(keyLabels(this.#boxId, key)).label)).at(0)
  }

  #search(label: string[]): Promise<ContainerInfo[]> {
    return this.#connection.ask((docker) => docker.listContainers({ all: true, filters: { label } }))
  }
}

import { createHash } from 'node:crypto'
import type { NetworkInspectInfo } from 'dockerode'
import { PaasError } from '../../errors.ts'
import type { AddressBook } from './addresses.ts'
import { type Connection, reasonOf, statusOf } from './connection.ts'
import { KeyedLock } from './keyed-lock.ts'
import { bridgeName, LABEL, labelFilter, networkName } from './labels.ts'
import { capacity, formatSubnet, gateway, overlaps, parseSubnet, type Subnet, subnetsOf } from './subnet.ts'
import { routedSubnets } from './used-subnets.ts'

/** Most apps fit the first; an app that outgrows one gets a further network of a later size. */
const PREFIXES = [28, 26, 24, 22, 20]
/** Old and new release run beside each other during a deploy, with a few one-offs. */
const ROOM_FACTOR = 2
const ROOM_EXTRA = 4
/** Another box or test run on the same engine may take a subnet between our look and our try. */
const CREATE_TRIES = 50

export type AppNetwork = { id: string; name: string; generation: number; subnet: Subnet }
export type Seat = { network: string; address: string }

/** The private networks of the apps: made when first needed, adopted after a restart, grown when full. */
export class Networks {
  readonly #connection: Connection
  readonly #boxId: string
  readonly #pool: Subnet
  readonly #book: AddressBook
  readonly #lock = new KeyedLock()
  /** Called with the names of the app's older networks and seats in its new one, before anybody starts there. */
  onGrown: (older: string[], seat: () => Seat) => Promise<void> = async () => {}

  constructor(connection: Connection, boxId: string, pool: string, book: AddressBook) {
    this.#connection = connection
    this.#boxId = boxId
    this.#pool = parseSubnet(pool)
    this.#book = book
  }

  /** Addresses for that many new containers of an app, all in one network. The caller confirms or frees each. */
  seats(app: string, count: number): Promise<Seat[]> {
    return this.#lock.hold(app, async () => {
      const network = await this.#withRoom(app, count)
      return Array.from({ length: count }, () => ({ network: network.name, address: this.#take(network) }))
    })
  }

  /** Removes what the app has outgrown and left. */
  tidy(app: string): Promise<void> {
    return this.#lock.hold(app, async () => {
      const outgrown = (await this.list(app)).slice(0, -1)
      for (const network of outgrown) await this.#remove(network)
    })
  }

  removeAll(app: string): Promise<void> {
    return this.#lock.hold(app, async () => {
      for (const network of await this.list(app)) await this.#remove(network)
    })
  }

  /** Smallest first. */
  async list(app: string): Promise<AppNetwork[]> {
    const filters = labelFilter({ [LABEL.box]: this.#boxId, [LABEL.app]: app })
    const found = await this.#connection.perform((docker) => docker.listNetworks({ filters }))
    return found.flatMap(appNetwork).sort((a, b) => a.generation - b.generation)
  }

  async #withRoom(app: string, count: number): Promise<AppNetwork> {
    const networks = await this.list(app)
    const largest = networks.at(-1)
    if (largest && this.#book.room(largest.subnet) >= count) return largest
    const wanted = count * ROOM_FACTOR + ROOM_EXTRA
    const used = largest ? capacity(largest.subnet) : 0
    const prefix = PREFIXES.find((each) => capacity({ base: 0, prefix: each }) >= Math.max(wanted, used + 1))
    if (prefix === undefined) throw tooMany(app, count)
    const network = await this.#create(app, (largest?.generation ?? 0) + 1, prefix)
    const older = networks.map(({ name }) => name)
    if (older.length > 0) await this.onGrown(older, () => ({ network: network.name, address: this.#take(network) }))
    return network
  }

  #take({ name, subnet }: AppNetwork): string {
    const address = this.#book.take(subnet)
    if (address === undefined) throw new Error(`the network ${name} is full although it had room`)
    return address
  }

  async #create(app: string, generation: number, prefix: number): Promise<AppNetwork> {
    const avoid = await this.#avoid()
    let tries = 0
    for (const subnet of subnetsOf(this.#pool, prefix, startFor(`${this.#boxId} ${app}`, this.#pool, prefix))) {
      if (avoid.some((other) => overlaps(other, subnet))) continue
      if (tries++ === CREATE_TRIES) break
      const created = await this.#tryCreate(app, generation, subnet)
      if (created) return created
    }
    throw poolExhausted(this.#pool)
  }

  async #avoid(): Promise<Subnet[]> {
    const networks = await this.#connection.perform((docker) => docker.listNetworks())
    const subnets = networks.flatMap((network) => network.IPAM?.Config ?? []).map((config) => config['Subnet'])
    const ipv4 = subnets.filter((subnet): subnet is string => subnet?.includes('.') ?? false)
    return [...[...ipv4, ...this.#book.restingSubnets()].map(parseSubnet), ...(await routedSubnets())]
  }

  /** Undefined when somebody else was quicker. */
  async #tryCreate(app: string, generation: number, subnet: Subnet): Promise<AppNetwork | undefined> {
    const name = networkName(this.#boxId, app, generation)
    try {
      const created = await this.#connection.perform((docker) =>
        docker.createNetwork({
          Name: name,
          CheckDuplicate: true,
          Driver: 'bridge',
          Labels: { [LABEL.box]: this.#boxId, [LABEL.app]: app },
          IPAM: { Driver: 'default', Config: [{ Subnet: formatSubnet(subnet), Gateway: gateway(subnet) }] },
          Options: { 'com.docker.network.bridge.name': bridgeName(this.#boxId, app, generation) },
        }),
      )
      return { id: created.id, name, generation, subnet }
    } catch (error) {
      if (/overlap/i.test(reasonOf(error))) return undefined
      const existing =
        statusOf(error) === 409 ? (await this.list(app)).find((network) => network.name === name) : undefined
      if (!existing) throw error
      return existing
    }
  }

  /** What keeps data is linked into a network and would hold it; where anything of the app is left, nothing is touched. */
  async #emptyOfLinks(id: string): Promise<void> {
    const filters = { network: [id] }
    const inside = await this.#connection.ask((docker) => docker.listContainers({ all: true, filters }))
    if (inside.some(({ Labels, HostConfig }) => !Labels[LABEL.data] || HostConfig.NetworkMode === id)) return
    for (const { Id, NetworkSettings } of inside) {
      const place = Object.values(NetworkSettings.Networks).find(({ NetworkID }) => NetworkID === id)
      await this.#connection.perform((docker) => docker.getNetwork(id).disconnect({ Container: Id, Force: true }))
      if (place) this.#book.vacate(place.IPAMConfig?.IPv4Address || place.IPAddress, Id)
    }
  }

  /** The subnet rests, so that the next app does not appear at the addresses of this one. */
  async #remove({ id, subnet }: AppNetwork): Promise<void> {
    try {
      await this.#emptyOfLinks(id)
      await this.#connection.perform((docker) => docker.getNetwork(id).remove())
      this.#book.rest(formatSubnet(subnet))
    } catch (error) {
      const inUseOrGone = [403, 404].includes(statusOf(error) ?? 0)
      if (!inUseOrGone) throw error
    }
  }
}

function appNetwork(info: NetworkInspectInfo): AppNetwork[] {
  const subnet = info.IPAM?.Config?.[0]?.['Subnet']
  if (!subnet) return []
  const generation = Number(info.Name.split('-').at(-2))
  return [{ id: info.Id, name: info.Name, generation, subnet: parseSubnet(subnet) }]
}

/** Boxes that share an engine begin their search at different places. */
function startFor(text: string, pool: Subnet, prefix: number): number {
  return createHash('sha256').update(text).digest().readUInt32BE() % 2 ** (prefix - pool.prefix)
}

function tooMany(app: string, count: number): PaasError {
  return new PaasError(
    'invalid',
    'network.too-large',
    `${app} cannot have ${count} instances on this box: a network holds at most ${capacity({ base: 0, prefix: PREFIXES.at(-1) ?? 0 })} addresses.`,
    { fix: 'Scale to fewer instances.' },
  )
}

function poolExhausted(pool: Subnet): PaasError {
  return new PaasError(
    'failed',
    'network.pool-exhausted',
    `No subnet of ${formatSubnet(pool)} is free: other networks or routes of this machine overlap with it.`,
    { fix: 'Set PAAS_SUBNET_POOL to a private range that this machine does not use, then restart the server.' },
  )
}

import type Docker from 'dockerode'
import type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo } from 'dockerode'
import { PaasError } from '../../errors.ts'
import type { Instance, Workload, WorkloadKey } from '../engine.ts'
import type { AddressBook } from './addresses.ts'
import { type Connection, statusOf } from './connection.ts'
import { containerSpec, type Host, specHash } from './container-spec.ts'
import type { EventFeed } from './event-feed.ts'
import { instanceOf } from './instance-view.ts'
import { KeyedLock } from './keyed-lock.ts'
import { containerName, keyLabels, LABEL, type Labels, labelFilter } from './labels.ts'
import type { Networks } from './networks.ts'
import { findOwn } from './own.ts'
import { parallel } from './parallel.ts'
import { Remover } from './remover.ts'
import { startFailure } from './start-failure.ts'
import { ensureVolume } from './volumes.ts'

/** More at once only makes each slower. */
const STARTS_AT_ONCE = 4
const INSPECTIONS_AT_ONCE = 16

/** Makes containers match workloads. One change at a time per workload. */
export class Workloads {
  readonly #connection: Connection
  readonly #networks: Networks
  readonly #book: AddressBook
  readonly #feed: EventFeed
  readonly #remover: Remover
  readonly #lock = new KeyedLock()

  constructor(connection: Connection, networks: Networks, book: AddressBook, feed: EventFeed) {
    this.#connection = connection
    this.#networks = networks
    this.#book = book
    this.#feed = feed
    this.#remover = new Remover(connection, book)
  }

  apply(workload: Workload, host: Host): Promise<Instance[]> {
    return this.#lock.hold(lockName(workload), async () => {
      const existing = await this.#containers(workload, host.boxId)
      const { keep, surplus, replaced, missing } = compare(workload, existing)
      await Promise.all([
        this.#remover.remove(surplus, workload.stopGraceMs),
        parallel(keep, STARTS_AT_ONCE, (container) => this.#ensureStarted(container)),
        this.#remover.remove(replaced, workload.stopGraceMs).then(() => this.#create(workload, missing, host)),
      ])
      return this.#inspect(await this.#containers(workload, host.boxId))
    })
  }

  remove(key: WorkloadKey, graceMs: number, boxId: string): Promise<void> {
    return this.#lock.hold(lockName(key), async () => {
      await this.#remover.remove(await this.#containers(key, boxId), graceMs)
      await this.#networks.tidy(key.app)
    })
  }

  async removeApp(app: string, graceMs: number, boxId: string): Promise<void> {
    await this.#remover.remove(await this.#search(labelFilter({ [LABEL.box]: boxId, [LABEL.app]: app })), graceMs)
  }

  async list(boxId: string, app?: string): Promise<Instance[]> {
    const labels = { [LABEL.box]: boxId, ...(app !== undefined && { [LABEL.app]: app }) }
    const containers = await this.#search(labelFilter(labels, [LABEL.process]))
    const listed = ({ Labels }: ContainerInfo) => Labels[LABEL.process] && (app !== undefined || !Labels[LABEL.data])
    return this.#inspect(containers.filter(listed))
  }

  /** The fresh one is made from the old one's own specification, at an address of its own. */
  async restart(id: string, graceMs: number, boxId: string): Promise<void> {
    const key = keyOf(await findOwn(this.#connection, boxId, id))
    await this.#lock.hold(lockName(key), async () => {
      const old = await findOwn(this.#connection, boxId, id)
      await this.#remover.remove([{ Id: id, Labels: old.Config.Labels }], graceMs)
      const [seat] = await this.#networks.seats(key.app, 1)
      if (!seat) throw new Error('no seat was given')
      await this.#start(old.Name.slice(1), respec(old, seat), seat.address)
    })
  }

  async #create(workload: Workload, indexes: number[], host: Host): Promise<void> {
    if (indexes.length === 0) return
    if (workload.data) await ensureVolume(this.#connection, host.boxId, workload.app)
    const seats = await this.#networks.seats(workload.app, indexes.length)
    const planned = indexes.map((index, n) => ({ index, seat: seats[n] }))
    await parallel(planned, STARTS_AT_ONCE, async ({ index, seat }) => {
      if (!seat) throw new Error('no seat was given')
      const spec = containerSpec(workload, index, { ...host, ...seat })
      await this.#start(containerName(host.boxId, workload, index), spec, seat.address)
    })
  }

  async #start(name: string, spec: ContainerCreateOptions, address: string): Promise<void> {
    let container: Docker.Container | undefined
    try {
      container = await this.#connection.perform((docker) => docker.createContainer({ name, ...spec }))
      this.#book.confirm(address, container.id)
      await container.start()
    } catch (error) {
      if (!container) this.#book.abandon(address)
      if (!container && statusOf(error) === 409) return this.#adopt(name, spec)
      if (container) await this.#remover.discard(container.id, address)
      throw startFailure(instanceName(spec.Labels), error)
    }
  }

  /** The name is taken: by the same instance, made by someone who was interrupted, or by one that has to go first. */
  async #adopt(name: string, spec: ContainerCreateOptions): Promise<void> {
    const existing = await this.#connection.perform((docker) => docker.getContainer(name).inspect())
    const same = existing.Config.Labels[LABEL.spec] === spec.Labels?.[LABEL.spec]
    if (!same) {
      throw new PaasError(
        'conflict',
        'instance.name-taken',
        `The container ${name} exists and is not ours to replace.`,
        {
          fix: 'Remove it by hand, then try again.',
          command: `docker rm -f ${name}`,
        },
      )
    }
    await this.#connection.perform((docker) => docker.getContainer(name).start())
  }

  /** The engine starts what crashed by itself; what somebody stopped, or was never started, is left to us. */
  async #ensureStarted({ Id, State, Labels }: ContainerInfo): Promise<void> {
    if (State === 'running' || State === 'restarting') return
    try {
      await this.#connection.perform((docker) => {
        const container = docker.getContainer(Id)
        return State === 'paused' ? container.unpause() : container.start()
      })
    } catch (error) {
      throw startFailure(instanceName(Labels), error)
    }
  }

  #containers(key: WorkloadKey, boxId: string): Promise<ContainerInfo[]> {
    return this.#search(labelFilter(keyLabels(boxId, key)))
  }

  #search(filters: { label: string[] }): Promise<ContainerInfo[]> {
    return this.#connection.ask((docker) => docker.listContainers({ all: true, filters }))
  }

  async #inspect(containers: ContainerInfo[]): Promise<Instance[]> {
    const inspected = await parallel(containers, INSPECTIONS_AT_ONCE, ({ Id }) =>
      this.#connection
        .ask((docker) => docker.getContainer(Id).inspect())
        .catch((error) => {
          if (statusOf(error) !== 404) throw error
          return undefined
        }),
    )
    return inspected
      .flatMap((container) => (container ? [instanceOf(container, this.#feed.lastExit(container.Id))] : []))
      .sort((a, b) => a.index - b.index)
  }
}

/** Which containers stay, which go, which go before another takes their name, and which indexes need one. */
export function compare(workload: Workload, existing: ContainerInfo[]) {
  const hash = specHash(workload)
  const keep = new Map<number, ContainerInfo>()
  const leaving: ContainerInfo[] = []
  for (const container of existing) {
    const index = indexOf(container)
    const same = container.Labels[LABEL.spec] === hash && !['dead', 'removing'].includes(container.State)
    if (same && index <= workload.quantity && !keep.has(index)) keep.set(index, container)
    else leaving.push(container)
  }
  const missing = Array.from({ length: workload.quantity }, (_, n) => n + 1).filter((index) => !keep.has(index))
  const isReplaced = (container: ContainerInfo) => missing.includes(indexOf(container))
  return {
    keep: [...keep.values()],
    surplus: leaving.filter((container) => !isReplaced(container)),
    replaced: leaving.filter(isReplaced),
    missing,
  }
}

/** `web.1`, as users know it. */
function instanceName(labels: Labels = {}): string {
  return `${labels[LABEL.process]}.${labels[LABEL.instance]}`
}

function indexOf({ Labels }: ContainerInfo): number {
  return Number(Labels[LABEL.instance])
}

function respec(old: ContainerInspectInfo, seat: { network: string; address: string }): ContainerCreateOptions {
  const { Hostname: _, ...config } = old.Config
  return {
    ...config,
    Labels: { ...config.Labels, [LABEL.address]: seat.address },
    HostConfig: { ...old.HostConfig, NetworkMode: seat.network },
    NetworkingConfig: { EndpointsConfig: { [seat.network]: { IPAMConfig: { IPv4Address: seat.address } } } },
  }
}

function keyOf(container: ContainerInspectInfo): WorkloadKey {
  const { app, release, processType } = instanceOf(container, null)
  return { app, release, processType }
}

function lockName({ app, release, processType }: WorkloadKey): string {
  return `${app} ${release} ${processType}`
}

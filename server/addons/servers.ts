import { setTimeout as pause } from 'node:timers/promises'
import type { SecretBox } from '../db/secret-box.ts'
import type { Endpoint, Engine, Instance, Programs, Workload, WorkloadKey } from '../engine/engine.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { AddonRecord, ServerRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { AddonService, Database, ServerAccess } from './addon-service.ts'
import { planNamed, serviceNamed } from './services.ts'

const PROCESS = 'server'
/** Recovery of a large database after a crash takes its time. */
const READY_WITHIN_MS = 120_000
const ASK_AGAIN_MS = 40
/** Once because it was asked to; more often because it could not go on. */
const COMES_BACK_WITHIN = 3
const ALL_ADDRESSES = '*'
const LOOPBACK = '127.0.0.1'

export type Say = (step: string) => void

type ServersParts = { engine: Engine; rows: AddonRows; box: SecretBox }

/** The programs behind addons, on the engine: one workload each, which keeps its data. */
export class Servers {
  readonly #parts: ServersParts

  constructor(parts: ServersParts) {
    this.#parts = parts
  }

  /** Makes it run as its row says and waits until it answers. Idempotent. Throws `addon.not-ready`. */
  async raise(server: ServerRecord, say: Say, signal: AbortSignal): Promise<void> {
    const service = serviceNamed(server.service)
    const image = await this.#image(server, service, say)
    say('starting')
    await this.#parts.engine.apply(await this.#workload(server, service, image))
    await this.#answers(server, service, signal)
  }

  /** Does nothing to one that runs as it should. Throws `engine.no-programs` when its image is gone and cannot be had again. */
  async keepUp(server: ServerRecord, say: Say): Promise<void> {
    if (server.image === null) return
    const service = serviceNamed(server.service)
    const image = await this.#image(server, service, say)
    await this.#parts.engine.apply(await this.#workload(server, service, image))
  }

  async stop(server: ServerRecord): Promise<void> {
    await this.#parts.engine.remove(keyOf(server), graceOf(server))
  }

  /** Lets the app reach it, and notes at which address apps do. */
  async link(server: ServerRecord, appId: string): Promise<void> {
    const { engine, rows } = this.#parts
    const endpoint = await engine.link(keyOf(server), appId, server.host)
    if (endpoint.host !== server.host || endpoint.port !== server.port) rows.reachedAt(server.id, endpoint)
  }

  async unlink(server: ServerRecord, appId: string): Promise<void> {
    await this.#parts.engine.unlink(keyOf(server), appId)
  }

  /** Lets one server reach another, until it is parted from it; returns where. Idempotent. */
  async join(server: ServerRecord, other: ServerRecord): Promise<Endpoint> {
    return await this.#parts.engine.link(keyOf(other), server.id, other.host)
  }

  /** Idempotent. */
  async part(server: ServerRecord, other: ServerRecord): Promise<void> {
    await this.#parts.engine.unlink(keyOf(other), server.id)
  }

  /** With all its data, for good. Idempotent. */
  async destroy(server: ServerRecord): Promise<void> {
    const { engine } = this.#parts
    await this.stop(server)
    await engine.removeApp(server.id)
    await engine.removeData(server.id)
  }

  /** Throws `addon.down` while it does not run. */
  async access(server: ServerRecord): Promise<ServerAccess> {
    const { box, engine, rows } = this.#parts
    const instance = await this.instance(server)
    if (!instance?.endpoint) throw down(server)
    return {
      endpoint: instance.endpoint,
      password: box.unseal(rows.sealedPassword(server.id), passwordPlace(server.id)),
      pipe: (command) => engine.pipe(instance.id, command),
    }
  }

  /** Also of one that has stopped or starts. */
  async instance(server: ServerRecord): Promise<Instance | undefined> {
    return (await this.#parts.engine.list(server.id)).find(({ processType }) => processType === PROCESS)
  }

  /**
   * For a server that is about to be ended and started again with other data, however long it takes to read them. The answer
   * waits for it; throws `addon.not-ready` with its last words when it does not come back.
   */
  async comingBack(server: ServerRecord, signal: AbortSignal) {
    const service = serviceNamed(server.service)
    const before = (await this.instance(server))?.restarts ?? 0
    return async (isBack: (access: ServerAccess) => Promise<boolean>): Promise<void> => {
      const goneBy = Date.now() + READY_WITHIN_MS
      for (;;) {
        let cause: unknown = `${service.title} was not started again`
        try {
          if (await isBack(await this.access(server))) return
        } catch (error) {
          cause = error
        }
        signal.throwIfAborted()
        const restarts = ((await this.instance(server))?.restarts ?? 0) - before
        if (restarts > COMES_BACK_WITHIN || (restarts < 1 && Date.now() > goneBy))
          throw await this.#notReady(server, cause)
        await pause(ASK_AGAIN_MS * 5, undefined, { signal })
      }
    }
  }

  /** The one that it had, pulled or made again where somebody has removed it. */
  async #image(server: ServerRecord, service: AddonService, say: Say): Promise<string> {
    const { engine, rows } = this.#parts
    const image = await engine.provide(likeBefore(programsOf(service, server.version), server.image), say)
    if (image !== server.image) rows.provided(server.id, image)
    return image
  }

  async #answers(server: ServerRecord, service: AddonService, signal: AbortSignal): Promise<void> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(READY_WITHIN_MS)])
    for (;;) {
      try {
        return await service.ready(await this.access(server), deadline)
      } catch (error) {
        signal.throwIfAborted()
        if (deadline.aborted) throw await this.#notReady(server, error)
        const instance = await this.instance(server)
        if (instance && instance.restarts >= 3) throw await this.#notReady(server, error)
      }
      await pause(ASK_AGAIN_MS)
    }
  }

  async #notReady(server: ServerRecord, cause: unknown): Promise<PaasError> {
    const said = await this.#lastWords(server)
    const reason = said === '' ? messageOf(cause) : `its last words: ${said}`
    const message = `The ${serviceNamed(server.service).title} server did not come up: ${reason}.`
    return new PaasError('failed', 'addon.not-ready', message, {
      fix: 'See whether the box is short of memory or disk.',
    })
  }

  async #lastWords(server: ServerRecord): Promise<string> {
    const instance = await this.instance(server)
    const lines: string[] = []
    if (!instance) return ''
    for await (const { text } of this.#parts.engine.logs(instance.id, { tail: 3 })) lines.push(text)
    return lines.join(' / ')
  }

  async #workload(server: ServerRecord, service: AddonService, image: string): Promise<Workload> {
    const { isolates } = await this.#parts.engine.info()
    const { data, directories } = programsOf(service, server.version)
    const launch = service.launch(server, isolates ? ALL_ADDRESSES : LOOPBACK)
    return {
      ...keyOf(server),
      quantity: 1,
      image,
      command: launch.command,
      environment: { ...launch.environment, PATH: [...directories, ...SYSTEM_PATH].join(':') },
      listens: true,
      port: service.port,
      limits: { memoryMb: server.memoryMb, cpus: server.cpus, pids: launch.limits.pids },
      stopGraceMs: launch.stopGraceMs,
      data,
    }
  }
}

const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

export function keyOf({ id }: Pick<ServerRecord, 'id'>): WorkloadKey {
  return { app: id, release: 1, processType: PROCESS }
}

export function databaseOf(addon: AddonRecord): Database {
  const { connections } = planNamed(serviceNamed(addon.service), addon.plan)
  return { name: addon.database, connections }
}

export function passwordPlace(serverId: string): string {
  return `addon_servers|${serverId}`
}

export function programsOf(service: AddonService, version: string): Programs {
  const found = service.versions.find((each) => each.version === version)
  if (!found) throw new Error(`${service.name} has no version ${version}`)
  return found.programs
}

/** Images that are pulled and those that are made here know the same user by different numbers, and the data are of one of them. */
function likeBefore(programs: Programs, image: string | null): Programs {
  if (image === null) return programs
  return image === programs.image ? { ...programs, packages: null } : { ...programs, image: null }
}

function graceOf(server: ServerRecord): number {
  return serviceNamed(server.service).launch(server, LOOPBACK).stopGraceMs
}

function down(server: ServerRecord): PaasError {
  const title = serviceNamed(server.service).title
  return new PaasError('unavailable', 'addon.down', `The ${title} server is not running.`, {
    fix: 'It is started again within seconds. If it stays so, restart it.',
    command: 'paas addons:restart NAME',
  })
}

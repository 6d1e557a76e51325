import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { PaasError } from '../../errors.ts'
import type { Exit, RunHandle, RunRequest } from '../engine.ts'
import type { AddressBook } from './addresses.ts'
import { type Connection, statusOf } from './connection.ts'
import { type Host, runSpec } from './container-spec.ts'
import { exitOf } from './instance-view.ts'
import { LABEL, labelFilter, runName } from './labels.ts'
import type { ContainerLogs } from './logs.ts'
import type { Networks } from './networks.ts'
import { startFailure } from './start-failure.ts'
import { type Attached, attached, DETACH_KEYS } from './terminal.ts'

/** After the exit, for output that is still on its way to a slow reader. */
const LAST_OUTPUT_MS = 2_000
const WAIT_AGAIN_MS = 500

const DETACHED: Attached = { stdin: null, stdout: null, stderr: null, ended: Promise.resolve() }

/** One-offs: started once, removed when their exit code has been taken. */
export class Runs {
  readonly #connection: Connection
  readonly #networks: Networks
  readonly #book: AddressBook
  readonly #logs: ContainerLogs
  readonly #stop = new AbortController()
  /** By container id: whoever asks for a one-off of ours shares its only exit code. */
  readonly #handles = new Map<string, RunHandle>()
  readonly #starting = new Set<string>()

  constructor(connection: Connection, networks: Networks, book: AddressBook, logs: ContainerLogs) {
    this.#connection = connection
    this.#networks = networks
    this.#book = book
    this.#logs = logs
  }

  async start(request: RunRequest, host: Host): Promise<RunHandle> {
    const container = await this.#create(request, host)
    this.#starting.add(container.id)
    try {
      const streams = request.attach ? await this.#attach(container, request.tty !== null) : DETACHED
      await this.#connection.perform(() => container.start())
      if (request.tty) await container.resize({ w: request.tty.columns, h: request.tty.rows }).catch(() => {})
      return this.#handle(container, streams)
    } catch (error) {
      await container.remove({ force: true, v: true }).catch(() => {})
      throw startFailure(request.name, error)
    } finally {
      this.#starting.delete(container.id)
    }
  }

  /** Without its streams: those went to whoever started it. The output of a detached one is in the logs. */
  async find(boxId: string, app: string, name: string): Promise<RunHandle | null> {
    const filters = labelFilter({ [LABEL.box]: boxId, [LABEL.app]: app, [LABEL.run]: name })
    const [found] = await this.#connection.perform((docker) => docker.listContainers({ all: true, filters }))
    if (!found || this.#starting.has(found.Id)) return null
    const known = this.#handles.get(found.Id)
    if (known) return { ...known, stdin: null, stdout: null, stderr: null }
    const container = await this.#connection.perform(async (docker) => docker.getContainer(found.Id))
    if (found.State !== 'created') return this.#handle(container, DETACHED)
    // The server was killed before the start. The engine would call that an exit with code 0.
    await this.#whileThere(() => container.remove({ force: true, v: true }))
    return null
  }

  [Symbol.dispose](): void {
    this.#stop.abort()
  }

  async #create(request: RunRequest, host: Host): Promise<Docker.Container> {
    const [seat] = await this.#networks.seats(request.app, 1)
    if (!seat) throw new Error('no seat was given')
    const name = runName(host.boxId, request.app, request.release, request.name)
    try {
      const spec = runSpec(request, { ...host, ...seat })
      const container = await this.#connection.perform((docker) => docker.createContainer({ name, ...spec }))
      this.#book.confirm(seat.address, container.id)
      return container
    } catch (error) {
      this.#book.abandon(seat.address)
      throw statusOf(error) === 409 ? alreadyRuns(request) : startFailure(request.name, error)
    }
  }

  /** Before the start, so that not a byte is missed. */
  async #attach(container: Docker.Container, tty: boolean): Promise<Attached> {
    const options = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true, detachKeys: DETACH_KEYS }
    const socket = await this.#connection.perform(() => container.attach(options))
    return attached(socket as Duplex, tty)
  }

  #handle(container: Docker.Container, { ended, ...streams }: Attached): RunHandle {
    const exited = this.#exit(container, ended).finally(() => this.#handles.delete(container.id))
    exited.catch(() => {})
    const handle: RunHandle = {
      id: container.id,
      ...streams,
      exited,
      resize: (columns, rows) => this.#whileThere(() => container.resize({ w: columns, h: rows })),
      signal: (name) => this.#whileThere(() => container.kill({ signal: name })),
    }
    this.#handles.set(container.id, handle)
    return handle
  }

  async #exit(container: Docker.Container, ended: Promise<unknown>): Promise<Exit> {
    await this.#waitFor(container)
    const exit = await this.#exitOf(container)
    await Promise.race([ended, delay(LAST_OUTPUT_MS, undefined, { ref: false })])
    await this.#logs.quiet(container.id)
    await this.#whileThere(() => container.remove({ force: true, v: true }))
    return exit
  }

  /** Survives a restart of the engine: asks again until there is an answer or the container is gone. */
  async #waitFor(container: Docker.Container): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#connection.perform(() => container.wait({ abortSignal: this.#stop.signal }))
        return
      } catch (error) {
        if (statusOf(error) === 404) return
        await delay(WAIT_AGAIN_MS, undefined, { signal: this.#stop.signal }).catch(() => {})
      }
    }
    throw new PaasError('unavailable', 'run.left', 'The server stopped before the one-off ended; it runs on.', {
      fix: 'See what became of it.',
      command: 'paas ps',
    })
  }

  async #exitOf(container: Docker.Container): Promise<Exit> {
    try {
      return exitOf((await this.#connection.perform(() => container.inspect())).State)
    } catch (error) {
      if (statusOf(error) !== 404) throw error
      return { code: null, signal: null, outOfMemory: false, at: new Date() }
    }
  }

  /** Ended and removed are what the caller wanted or can do nothing about. */
  async #whileThere(action: () => Promise<unknown>): Promise<void> {
    try {
      await this.#connection.perform(action)
    } catch (error) {
      if (![404, 409].includes(statusOf(error) ?? 0)) throw error
    }
  }
}

function alreadyRuns(request: RunRequest): PaasError {
  return new PaasError('conflict', 'run.exists', `${request.name} of ${request.app} runs already.`, {
    fix: 'Wait until it has ended, or stop it.',
    command: `paas ps --app ${request.app}`,
  })
}

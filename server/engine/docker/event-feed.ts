import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { EngineEvent, Exit } from '../engine.ts'
import type { Connection } from './connection.ts'
import { EventQueue } from './event-queue.ts'
import { exitOf, exitWith, instanceOf, labelled, labelledEndpoint } from './instance-view.ts'
import { LABEL, type Labels, labelFilter } from './labels.ts'

/** Health checks and execs make events of other kinds, several a second; they are never asked for. */
const KINDS = ['start', 'die', 'destroy']
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

export type ContainerEvent = { kind: string; id: string; labels: Labels; exitCode: number; at: Date }

/** Told about everything of our box, one-offs included, before the watchers are. */
export interface FeedListener {
  containerDestroyed(id: string, labels: Labels): void
  /** Events were lost. Watchers hear `resync` when it resolves. */
  eventsLost(): Promise<void>
}

/** One event stream of the engine for all watchers; connects again by itself. Remembers why each container ended last. */
export class EventFeed implements AsyncDisposable {
  readonly #connection: Connection
  readonly #boxId: string
  readonly #listener: FeedListener
  readonly #log: Log
  readonly #watchers = new Set<EventQueue>()
  readonly #exits = new Map<string, Exit>()
  readonly #stop = new AbortController()
  #running: Promise<void> | null = null

  constructor(connection: Connection, boxId: string, listener: FeedListener, log: Log) {
    this.#connection = connection
    this.#boxId = boxId
    this.#listener = listener
    this.#log = log
  }

  /** Resolves when the stream stands. */
  async start(): Promise<void> {
    if (this.#running) return
    const first = await this.#connect()
    this.#running = this.#keepReading(first)
  }

  watch(signal: AbortSignal): AsyncIterable<EngineEvent> {
    const queue = new EventQueue(AbortSignal.any([signal, this.#stop.signal]))
    this.#watchers.add(queue)
    signal.addEventListener('abort', () => this.#watchers.delete(queue), { once: true })
    return queue
  }

  lastExit(id: string): Exit | null {
    return this.#exits.get(id) ?? null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #keepReading(first: NodeJS.ReadableStream): Promise<void> {
    let stream: NodeJS.ReadableStream | undefined = first
    while (stream) {
      await this.#read(stream)
      stream = await this.#reconnect()
      if (stream) await this.#resync()
    }
  }

  async #read(stream: NodeJS.ReadableStream): Promise<void> {
    try {
      for await (const line of createInterface({ input: stream })) await this.#take(line)
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#log.warn('engine.events-broken', { reason: messageOf(error) })
    }
  }

  async #reconnect(): Promise<NodeJS.ReadableStream | undefined> {
    for (let pause = FIRST_PAUSE_MS; !this.#stop.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await delay(pause, undefined, { signal: this.#stop.signal }).catch(() => {})
      if (this.#stop.signal.aborted) return undefined
      const stream = await this.#connect().catch(() => undefined)
      if (stream) return stream
    }
    return undefined
  }

  /** `since` covers the moment between the answer and the engine's own subscription. */
  #connect(): Promise<NodeJS.ReadableStream> {
    const filters = { type: ['container'], event: KINDS, ...labelFilter({ [LABEL.box]: this.#boxId }) }
    const options = { filters, since: (Date.now() / 1000).toFixed(3), abortSignal: this.#stop.signal }
    // The types lack filters by label and the signal.
    return this.#connection.perform((docker) => docker.getEvents(options as unknown as Docker.GetEventsOptions))
  }

  async #resync(): Promise<void> {
    try {
      await this.#listener.eventsLost()
    } catch (error) {
      this.#log.warn('engine.resync-failed', { reason: messageOf(error) })
    }
    this.#publish({ type: 'resync' })
  }

  async #take(line: string): Promise<void> {
    const event = parseEvent(line)
    if (!event) return
    if (event.kind === 'destroy') {
      this.#exits.delete(event.id)
      this.#listener.containerDestroyed(event.id, event.labels)
    }
    const isOfApp = event.labels[LABEL.process] && !event.labels[LABEL.data]
    const published = isOfApp ? await this.#translate(event) : undefined
    if (published) this.#publish(published)
  }

  async #translate(event: ContainerEvent): Promise<EngineEvent> {
    if (event.kind === 'destroy') return { type: 'removed', id: event.id, app: event.labels[LABEL.app] ?? '' }
    const container = await this.#connection.ask((docker) => docker.getContainer(event.id).inspect()).catch(() => null)
    const known = container ? instanceOf(container, null) : labelled(event.id, event.labels)
    if (event.kind === 'start') {
      const instance = { ...known, state: 'running', startedAt: known.startedAt ?? event.at } as const
      const endpoint = labelledEndpoint(event.labels)
      return { type: 'started', instance: { ...instance, endpoint, lastExit: this.lastExit(event.id) } }
    }
    const exit = container?.State.OOMKilled
      ? exitWith(event.exitCode, true, exitOf(container.State).at)
      : exitWith(event.exitCode, false, event.at)
    this.#exits.set(event.id, exit)
    return { type: 'exited', exit, instance: { ...known, state: 'exited', endpoint: null, lastExit: exit } }
  }

  #publish(event: EngineEvent): void {
    for (const watcher of this.#watchers) watcher.push(event)
  }
}

/** One line of the engine's stream; undefined for what is not an event. */
export function parseEvent(line: string): ContainerEvent | undefined {
  if (!line.startsWith('{')) return undefined
  const event = JSON.parse(line)
  const labels: Labels = event.Actor?.Attributes ?? {}
  const at = new Date(Number(event.timeNano) / 1e6)
  return {
    kind: String(event.Action),
    id: String(event.Actor?.ID),
    labels,
    exitCode: Number(labels['exitCode'] ?? 0),
    at,
  }
}

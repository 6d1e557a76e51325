import type { EngineEvent, Instance, LogLine } from '../engine/engine.ts'

/** What is pushed comes out, in order, for every reader from its call on. */
export class Feed<T> {
  #values: T[] = []
  #wake = new Set<() => void>()
  #ended = false

  push(...values: T[]): void {
    this.#values.push(...values)
    for (const wake of this.#wake) wake()
  }

  end(): void {
    this.#ended = true
    for (const wake of this.#wake) wake()
  }

  async *read(signal: AbortSignal | undefined, wanted: (value: T) => boolean = () => true): AsyncGenerator<T> {
    for (let next = 0; !signal?.aborted; ) {
      const value = this.#values[next]
      if (next < this.#values.length && value !== undefined) {
        next += 1
        if (wanted(value)) yield value
      } else if (this.#ended) return
      else await this.#more(signal)
    }
  }

  async #more(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake.add(resolve)
    signal?.addEventListener('abort', () => resolve(), { once: true })
    await promise
    this.#wake.delete(resolve)
  }
}

/** Tells what a test pushes; `asked` is what was read. */
export class FakeEngine {
  instances: Instance[] = []
  listed = 0
  readonly events = new Feed<EngineEvent>()
  readonly output = new Map<string, Feed<LogLine>>()
  readonly asked: { id: string; since: Date | undefined; tail: number | undefined }[] = []

  list(): Promise<Instance[]> {
    this.listed += 1
    return Promise.resolve([...this.instances])
  }

  watch(signal: AbortSignal): AsyncIterable<EngineEvent> {
    return this.events.read(signal)
  }

  async *logs(id: string, options: { since?: Date; tail?: number; signal?: AbortSignal }): AsyncIterable<LogLine> {
    this.asked.push({ id, since: options.since, tail: options.tail })
    const feed = this.output.get(id)
    if (!feed) throw new Error(`No instance ${id}`)
    yield* feed.read(options.signal, (line) => line.time.getTime() > (options.since?.getTime() ?? 0))
  }

  add(instance: Instance): Feed<LogLine> {
    const feed = new Feed<LogLine>()
    this.instances.push(instance)
    this.output.set(instance.id, feed)
    return feed
  }
}

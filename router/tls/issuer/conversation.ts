import { Unreachable } from '../https-call.ts'
import { IssuingLost } from './issuing.ts'
import { type Fault, Refusal } from './refusal.ts'

/** Carries values that JSON can hold, in order, to another process. */
export type Channel = { send(message: Message): void }
export type Handlers = Record<string, (body: never, signal: AbortSignal) => Promise<unknown>>

export type Message =
  | { kind: 'ask'; id: number; verb: string; body: unknown }
  | { kind: 'abort'; id: number }
  | { kind: 'answer'; id: number; value: unknown }
  | { kind: 'failure'; id: number; failure: Failure }

type Failure = {
  kind: 'refusal' | 'unreachable' | 'other'
  message: string
  fault?: Fault
  type?: string
  status?: number
  retryAfterMs?: number | null
}

/** Questions and answers between two processes; both may ask, each as often at once as it likes. */
export class Conversation {
  readonly #channel: Channel
  readonly #handlers: Handlers
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #answering = new Map<number, { abort: AbortController; done: Promise<void> }>()
  #lastId = 0

  constructor(channel: Channel, handlers: Handlers) {
    this.#channel = channel
    this.#handlers = handlers
  }

  /** The signal asks the other side to stop; its answer is waited for all the same. */
  async ask<Value>(verb: string, body: unknown, signal?: AbortSignal): Promise<Value> {
    signal?.throwIfAborted()
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<unknown>()
    this.#asked.set(id, waiting)
    const stop = () => this.#channel.send({ kind: 'abort', id })
    signal?.addEventListener('abort', stop, { once: true })
    try {
      this.#channel.send({ kind: 'ask', id, verb, body })
      return (await waiting.promise) as Value
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#asked.delete(id)
    }
  }

  receive(message: Message): void {
    if (message.kind === 'ask') this.#answer(message)
    else if (message.kind === 'abort') this.#answering.get(message.id)?.abort.abort()
    else if (message.kind === 'answer') this.#asked.get(message.id)?.resolve(message.value)
    else this.#asked.get(message.id)?.reject(errorOf(message.failure))
  }

  /** There is nobody on the other side any more. Resolves when everything that was being answered has come to its end. */
  async end(reason: string): Promise<void> {
    for (const { reject } of this.#asked.values()) reject(new IssuingLost(reason))
    for (const { abort } of this.#answering.values()) abort.abort()
    await Promise.all([...this.#answering.values()].map(({ done }) => done))
  }

  #answer({ id, verb, body }: Extract<Message, { kind: 'ask' }>): void {
    const abort = new AbortController()
    const done = this.#carryOut(verb, body, abort.signal).then(
      (value) => this.#channel.send({ kind: 'answer', id, value }),
      (error: unknown) => this.#channel.send({ kind: 'failure', id, failure: failureOf(error) }),
    )
    this.#answering.set(id, { abort, done: done.finally(() => this.#answering.delete(id)) })
  }

  async #carryOut(verb: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const handle = this.#handlers[verb]
    if (!handle) throw new Error(`there is no "${verb}"`)
    return handle(body as never, signal)
  }
}

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof Refusal) {
    const { fault, type, status, retryAfterMs } = error
    return { kind: 'refusal', message, fault, type, status, retryAfterMs }
  }
  return { kind: error instanceof Unreachable ? 'unreachable' : 'other', message }
}

function errorOf({ kind, message, fault = 'issuer', type, status, retryAfterMs }: Failure): Error {
  if (kind === 'unreachable') return new Unreachable(message)
  if (kind === 'other') return new Error(message)
  return new Refusal(fault, message, {
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

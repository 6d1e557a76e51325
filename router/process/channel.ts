/** Either end of node's channel between parent and child: a ChildProcess here, `process` there. */
export interface Peer {
  readonly connected: boolean
  send?(packet: object, callback: (error: Error | null) => void): boolean
  on(event: 'message', listener: (packet: unknown) => void): unknown
  once(event: 'disconnect', listener: () => void): unknown
}

/** Verbs by name. One whose answer nobody awaits is told, the others are asked. */
export type Verbs = Record<string, (body: never) => unknown>

type Packet =
  | { verb: string; body: unknown; id?: number }
  | { answerTo: number; body: unknown }
  | { answerTo: number; problem: string }

type Waiting = { resolve(body: unknown): void; reject(error: Error): void }

/** The other process is gone, or was silent for too long. */
export class ChannelLost extends Error {}

/** Calls between two processes of the router, in order, each answered by its number. */
export class Channel<Theirs extends Verbs, Ours extends Verbs> {
  /** Resolves when the other end is gone. */
  readonly closed: Promise<void>
  readonly #peer: Peer
  readonly #ours: Ours
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  constructor(peer: Peer, ours: Ours) {
    this.#peer = peer
    this.#ours = ours
    peer.on('message', (packet) => void this.#receive(packet as Packet))
    this.closed = new Promise((resolve) => peer.once('disconnect', resolve))
    void this.closed.then(() => this.#lose())
  }

  get open(): boolean {
    return this.#peer.connected
  }

  tell<Verb extends keyof Theirs & string>(verb: Verb, body: Parameters<Theirs[Verb]>[0]): void {
    this.#send({ verb, body })
  }

  /** Rejects with what the other end threw, or with ChannelLost. */
  ask<Verb extends keyof Theirs & string>(
    verb: Verb,
    body: Parameters<Theirs[Verb]>[0],
    limitMs?: number,
  ): Promise<Awaited<ReturnType<Theirs[Verb]>>> {
    const id = ++this.#lastId
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      if (!this.#send({ verb, body, id })) this.#give(id, new ChannelLost('the other process is gone'))
    })
    const late = () => this.#give(id, new ChannelLost(`no answer to "${verb}" within ${limitMs} ms`))
    const timer = limitMs === undefined ? undefined : setTimeout(late, limitMs)
    return answer.finally(() => clearTimeout(timer)) as Promise<Awaited<ReturnType<Theirs[Verb]>>>
  }

  /** Resolves when all that was told has left this process. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#peer.connected || !this.#peer.send) resolve()
      else this.#peer.send({ verb: '', body: null }, () => resolve())
    })
  }

  async #receive(packet: Packet): Promise<void> {
    if ('answerTo' in packet) {
      this.#give(packet.answerTo, 'problem' in packet ? new Error(packet.problem) : packet.body)
      return
    }
    const { verb, body, id } = packet
    try {
      const answer = await this.#ours[verb]?.(body as never)
      if (id !== undefined) this.#send({ answerTo: id, body: answer ?? null })
    } catch (error) {
      if (id !== undefined) this.#send({ answerTo: id, problem: (error as Error).message })
    }
  }

  #give(id: number, outcome: unknown): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (outcome instanceof Error) waiting?.reject(outcome)
    else waiting?.resolve(outcome)
  }

  #send(packet: Packet): boolean {
    if (!this.#peer.connected || !this.#peer.send) return false
    this.#peer.send(packet, () => {})
    return true
  }

  #lose(): void {
    for (const id of [...this.#waiting.keys()]) this.#give(id, new ChannelLost('the other process is gone'))
  }
}

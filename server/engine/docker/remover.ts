import { setTimeout as delay } from 'node:timers/promises'
import type { AddressBook } from './addresses.ts'
import { type Connection, statusOf } from './connection.ts'
import { LABEL, type Labels } from './labels.ts'
import { parallel } from './parallel.ts'

/** They mostly wait for apps to end. */
const REMOVALS_AT_ONCE = 32
const GONE_POLL_MS = 50

export type Removable = { Id: string; Labels: Labels }

/** Takes containers away for good: stopping one by hand also ends its restart policy. */
export class Remover {
  readonly #connection: Connection
  readonly #book: AddressBook

  constructor(connection: Connection, book: AddressBook) {
    this.#connection = connection
    this.#book = book
  }

  /** SIGTERM, SIGKILL after `graceMs`, gone when it resolves. Their addresses rest from before the first is removed. */
  async remove(containers: Removable[], graceMs: number): Promise<void> {
    if (containers.length === 0) return
    await parallel(containers, REMOVALS_AT_ONCE, ({ Id }) => this.#stop(Id, graceMs))
    this.#book.rest(...containers.flatMap((container) => this.#resting(container)))
    await parallel(containers, REMOVALS_AT_ONCE, ({ Id }) => this.#remove(Id))
    for (const { Id, Labels } of containers) {
      for (const address of [Labels[LABEL.address] ?? '', ...this.#book.of(Id)]) this.#book.vacate(address, Id)
    }
  }

  /** One that was never started. */
  async discard(id: string, address: string): Promise<void> {
    await this.#remove(id).catch(() => {})
    this.#book.vacate(address, id)
  }

  #resting(container: Removable): string[] {
    const own = restingAddress(container)
    return own.length === 0 ? [] : [...new Set([...own, ...this.#book.of(container.Id)])]
  }

  async #stop(id: string, graceMs: number): Promise<void> {
    await this.#unless([304, 404], () =>
      this.#connection.perform((docker) => docker.getContainer(id).stop({ t: Math.ceil(graceMs / 1000) })),
    )
  }

  /** 409 is a removal that somebody else has begun. */
  async #remove(id: string): Promise<void> {
    await this.#unless([404, 409], () =>
      this.#connection.perform((docker) => docker.getContainer(id).remove({ force: true, v: true })),
    )
    while (await this.#exists(id)) await delay(GONE_POLL_MS)
  }

  async #exists(id: string): Promise<boolean> {
    const answer = await this.#unless([404], () => this.#connection.ask((docker) => docker.getContainer(id).inspect()))
    return answer !== undefined
  }

  async #unless<T>(statuses: number[], action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (error) {
      if (statuses.includes(statusOf(error) ?? 0)) return undefined
      throw error
    }
  }
}

/** Nobody ever connected to those that do not listen. */
export function restingAddress({ Labels }: Pick<Removable, 'Labels'>): string[] {
  const address = Labels[LABEL.address]
  return address && Labels[LABEL.port] ? [address] : []
}

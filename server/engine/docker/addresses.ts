import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addresses, contains, type Subnet } from './subnet.ts'

/**
 * How long an address or subnet rests after its owner is gone: whoever still holds it (a router that missed the news, a
 * client's open connection) must not find another app there.
 */
export const REST_MS = 10 * 60_000

/** Which addresses are taken, and which rest. What rests survives a restart of the server; what is taken is read from the engine. */
export class AddressBook {
  readonly #file: string
  readonly #now: () => number
  /** Address to container id. */
  readonly #taken = new Map<string, string>()
  /** Given out for a container that is being made. */
  readonly #pending = new Set<string>()
  readonly #resting: Map<string, number>

  constructor(stateDirectory: string, now: () => number = Date.now) {
    this.#file = join(stateDirectory, 'resting-addresses.json')
    this.#now = now
    this.#resting = new Map(readResting(this.#file))
  }

  /** A free address, else the one that has rested longest, else undefined. The caller confirms or abandons it. */
  take(subnet: Subnet): string | undefined {
    const address = this.#free(subnet) ?? this.#restedLongest(subnet)
    if (address === undefined) return undefined
    this.#resting.delete(address)
    this.#pending.add(address)
    return address
  }

  confirm(address: string, container: string): void {
    this.#pending.delete(address)
    this.#taken.set(address, container)
  }

  /** The container it was taken for was not made. */
  abandon(address: string): void {
    this.#pending.delete(address)
  }

  /** Of listening instances, and subnets. Call it before they are removed: it is written down when this returns. */
  rest(...names: string[]): void {
    const fresh = names.filter((name) => !this.#resting.has(name))
    if (fresh.length === 0) return
    for (const name of fresh) this.#resting.set(name, this.#now())
    this.#save()
  }

  /** The container is gone. False when the address has another owner by now. */
  vacate(address: string, container: string): boolean {
    return this.#taken.get(address) === container && this.#taken.delete(address)
  }

  /** All that a container has: its own, and those in networks that it was linked into. */
  of(container: string): string[] {
    return [...this.#taken].filter(([, owner]) => owner === container).map(([address]) => address)
  }

  taken(): Map<string, string> {
    return new Map(this.#taken)
  }

  /** What the engine lists is what is taken, but for what was confirmed after `before` was noted. */
  reset(listed: Map<string, string>, before: Map<string, string>): void {
    for (const [address, container] of before) if (!listed.has(address)) this.vacate(address, container)
    for (const [address, container] of listed) this.#taken.set(address, container)
  }

  /** How many instances fit, resting addresses included. */
  room(subnet: Subnet): number {
    return [...addresses(subnet)].filter((address) => !this.#isTaken(address)).length
  }

  restingSubnets(): string[] {
    this.#forgetRested()
    return [...this.#resting.keys()].filter((name) => name.includes('/'))
  }

  #free(subnet: Subnet): string | undefined {
    this.#forgetRested()
    return addresses(subnet).find((address) => !this.#isTaken(address) && !this.#resting.has(address))
  }

  #restedLongest(subnet: Subnet): string | undefined {
    const resting = [...this.#resting].filter(([name]) => !name.includes('/') && contains(subnet, name))
    return resting.sort(([, a], [, b]) => a - b).find(([name]) => !this.#isTaken(name))?.[0]
  }

  #isTaken(address: string): boolean {
    return this.#taken.has(address) || this.#pending.has(address)
  }

  #forgetRested(): void {
    const since = this.#now() - REST_MS
    for (const [name, at] of this.#resting) if (at <= since) this.#resting.delete(name)
  }

  #save(): void {
    this.#forgetRested()
    const temporary = `${this.#file}.new`
    mkdirSync(join(this.#file, '..'), { recursive: true })
    writeFileSync(temporary, JSON.stringify([...this.#resting]), { mode: 0o600, flush: true })
    renameSync(temporary, this.#file)
  }
}

/** A file that cannot be read costs a rest, not the start. */
function readResting(file: string): [string, number][] {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return Array.isArray(parsed) ? parsed.filter(isResting) : []
  } catch {
    return []
  }
}

function isResting(entry: unknown): entry is [string, number] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number'
}

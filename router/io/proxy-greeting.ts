import type { Connection, ConnectionOwner } from './connection.ts'
import { readProxyHeader } from './proxy-header.ts'

/** Reads what a proxy says of the connection that it passes on, and hands it over as that of the client. */
export class ProxyGreeting implements ConnectionOwner {
  readonly #connection: Connection
  readonly #told: { accepted: (connection: Connection) => void; gone: () => void }
  readonly #timer: NodeJS.Timeout
  #held: Buffer = Buffer.alloc(0)

  /** A connection without a header within `limitMs`, or with something else, is closed; `gone` is told. */
  constructor(
    connection: Connection,
    limitMs: number,
    told: { accepted: (connection: Connection) => void; gone: () => void },
  ) {
    this.#connection = connection
    this.#told = told
    this.#timer = setTimeout(() => connection.close(), limitMs)
    connection.owner = this
    connection.resume()
  }

  onData(bytes: Buffer, start: number, end: number): void {
    const connection = this.#connection
    this.#held = Buffer.concat([this.#held, bytes.subarray(start, end)])
    const header = readProxyHeader(this.#held)
    if (header === 'more') return
    clearTimeout(this.#timer)
    if (header === null) {
      connection.close()
      return
    }
    if (header.address !== null) introduce(connection, header.address)
    const rest = this.#held.subarray(header.after)
    this.#told.accepted(connection)
    if (rest.length > 0) connection.owner.onData(rest, 0, rest.length)
  }

  onEnd(): void {
    this.#connection.close()
  }

  onDrain(): void {}

  onClose(): void {
    clearTimeout(this.#timer)
    this.#told.gone()
  }
}

/** From now on it is said to come from there. */
export function introduce(connection: { readonly remoteAddress?: string | undefined }, address: string): void {
  Object.defineProperty(connection, 'remoteAddress', { value: address })
}

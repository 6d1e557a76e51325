import type { Socket } from 'node:net'

/** From connect to signed in: long enough to touch a hardware key. */
const LOGIN_MS = 60_000
/** Not yet signed in, from one address. */
const MAX_PER_ADDRESS = 20

/** Connections that have not signed in: few from one address, and none for long. */
export class SshLogins {
  /** By address and port of the client, which is all that ssh2 tells of a connection's socket. */
  readonly #pending = new Map<string, Map<number, () => void>>()
  readonly #loginMs: number

  constructor(loginMs = LOGIN_MS) {
    this.#loginMs = loginMs
  }

  /** False, and closed, when the address has too many already. */
  begin(socket: Socket): boolean {
    const { remoteAddress: address, remotePort: port } = socket
    const others = this.#pending.get(address ?? '')
    if (address === undefined || port === undefined || (others?.size ?? 0) >= MAX_PER_ADDRESS) {
      socket.destroy()
      return false
    }
    const late = setTimeout(() => socket.destroy(), this.#loginMs).unref()
    this.#pending.set(
      address,
      (others ?? new Map()).set(port, () => clearTimeout(late)),
    )
    socket.once('close', () => this.#end(address, port))
    return true
  }

  signedIn(address: string, port: number): void {
    this.#end(address, port)
  }

  #end(address: string, port: number): void {
    const ports = this.#pending.get(address)
    ports?.get(port)?.()
    ports?.delete(port)
    if (ports?.size === 0) this.#pending.delete(address)
  }
}

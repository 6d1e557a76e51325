import type { Connection } from './connection.ts'

/** How the router speaks TCP: over node's public sockets, or on the handles beneath them. */
export interface Io {
  readonly name: 'public' | 'handles'
  /** Takes a handle that a listening socket of this process has accepted on `localPort`. */
  accept(handle: unknown, localPort: number): Connection
  /**
   * `connected` is called when the connection has come about, and reading has begun by then; a failure comes as
   * `onClose`.
   */
  dial(host: string, port: number, connected: () => void): Connection
}
